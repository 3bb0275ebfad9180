import { expect } from "chai";

import { kindsIn } from "../../../components/platform/charts/kinds.ts";

const plain = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.io
spec:
  group: example.io
  names:
    kind: Thing
    listKind: ThingList
    plural: things
    singular: thing
  scope: Cluster
  versions:
    - additionalPrinterColumns:
        - jsonPath: .metadata.name
          name: Kind
          type: string
      name: v1beta1
      schema: {}
    - name: v1
      schema: {}
`;

describe("kinds that a chart defines", () => {
  it("are read from a definition as it is", () => {
    expect(kindsIn(plain)).to.deep.equal([
      { group: "example.io", kind: "Thing", plural: "things", scope: "Cluster", versions: ["v1beta1", "v1"] },
    ]);
  });

  it("and between Helm's directives", () => {
    const templated = `{{- if .Values.crds.enabled }}\n${plain
      .replace("metadata:\n", 'metadata:\n  labels:\n    {{- include "x.labels" . | nindent 4 }}\n')
      .replace("scope: Cluster", 'scope: "Namespaced"')}{{- end }}\n`;
    expect(kindsIn(templated)).to.deep.equal([
      {
        group: "example.io",
        kind: "Thing",
        plural: "things",
        scope: "Namespaced",
        versions: ["v1beta1", "v1"],
      },
    ]);
  });

  it("several in one file, and other objects passed over", () => {
    const other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: v1\n";
    const second = plain.replaceAll("things", "others").replaceAll("Thing", "Other");
    expect(kindsIn([plain, other, second].join("---\n")).map(({ kind }) => kind)).to.deep.equal([
      "Thing",
      "Other",
    ]);
    expect(kindsIn("")).to.deep.equal([]);
  });
});
