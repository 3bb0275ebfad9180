import { expect } from "chai";

import { pawDemands } from "../../components/chain/demands.ts";
import { largestPod, quotaFor } from "../../components/platform/capacity.ts";

describe("capacity", () => {
  it("A1: the quota is twice what runs, request and limit apart", () => {
    const requests = { cpu: "500m", memory: "512Mi", storage: "1Gi" };
    const limits = { cpu: "2", memory: "2Gi", storage: "1Gi" };
    expect(quotaFor([{ count: 3, requests, limits }])).to.deep.equal({
      "requests.cpu": "3",
      "limits.cpu": "12",
      "requests.memory": "3Gi",
      "limits.memory": "12Gi",
      "requests.storage": "6Gi",
    });
  });

  it("A1b: production's quota lets every validator volume grow from 500Gi to 1Ti", () => {
    const validator = { cpu: "4", memory: "8Gi", storage: "500Gi" };
    const demands = pawDemands(
      { validators: 4, sentries: 0, fullNodes: 0, api: 0, backups: 0 },
      { validator, fullNode: validator },
    );
    expect(quotaFor(demands)["requests.storage"]).to.equal("4000Gi");
  });

  it("leaves storage out where nothing claims any", () => {
    const size = { cpu: "1", memory: "1Gi" };
    expect(quotaFor([{ count: 1, requests: size, limits: size }])).not.to.have.property("requests.storage");
  });

  it("a container may be as large as the largest pod", () => {
    const size = (cpu: string, memory: string): { cpu: string; memory: string } => ({ cpu, memory });
    const demands = [size("2", "4Gi"), size("1500m", "8Gi")].map((each) => ({
      count: 1,
      requests: each,
      limits: each,
    }));
    expect(largestPod(demands)).to.deep.equal({ cpu: "2", memory: "8Gi" });
  });
});
