import { expect } from "chai";

import { hasten, hastenDuration, hastenExpression } from "../../support/monitoring/haste.ts";

describe("time that runs faster", () => {
  it("divides durations as Prometheus writes them", () => {
    expect(hastenDuration("5m", 10)).to.equal("30000ms");
    expect(hastenDuration("1h30m", 60)).to.equal("90000ms");
    expect(hastenDuration("15s", 10)).to.equal("1500ms");
    expect(() => hastenDuration("soon", 10)).to.throw("no duration: soon");
    expect(() => hastenDuration("5", 10)).to.throw("no duration: 5");
  });

  it("divides ranges, offsets and steps of an expression, and no other number", () => {
    expect(hastenExpression('rate(a_total{le="5m"}[1m] offset 60s) * 60 > 5', 10)).to.equal(
      'rate(a_total{le="5m"}[6000ms] offset 6000ms) * 60 > 5',
    );
    expect(hastenExpression("max_over_time(rate(a[5m])[1h:30s])", 10)).to.equal(
      "max_over_time(rate(a[30000ms])[360000ms:3000ms])",
    );
  });

  it("divides what means a duration in rules and configurations, at any depth, and leaves the rest", () => {
    const rules = [
      { alert: "Down", expr: "up[5m] == 0", for: "5m", labels: { for: "x" }, annotations: { text: "5m" } },
    ];
    expect(() => hasten({ groups: rules }, 10)).to.throw("no duration: x");
    expect(
      hasten({ route: { group_wait: "30s", receiver: "5m", routes: [{ repeat_interval: "1h" }] } }, 10),
    ).to.deep.equal({
      route: { group_wait: "3000ms", receiver: "5m", routes: [{ repeat_interval: "360000ms" }] },
    });
  });
});
