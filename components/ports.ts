/**
 * Every port of both systems, named once (spec A15 and B3).
 *
 * `nodePort` is opened in `local` only.
 */
export const pawPorts = {
  p2p: { port: 26656, nodePort: 31656 },
  rpc: { port: 26657, nodePort: 31657 },
  rest: { port: 1317, nodePort: 31317 },
  grpc: { port: 9090, nodePort: 31090 },
  grpcWeb: { port: 9091, nodePort: 31091 },
  metrics: { port: 26660 },
  health: { port: 36661 },
  /** A remote signer dials in here (CometBFT's own choice of port in its examples). */
  signer: { port: 26659 },
} as const;

/** Ports of a bizra node; the keys are the names of its container and Service ports. */
export const bizraPorts = {
  http: 8080,
  rpc: 9944,
  ws: 9945,
  p2p: 30333,
  "rust-metrics": 9464,
} as const;

export const dnsPort = 53;

/** Linkerd's proxy: where it takes in what other proxies send, and where it shows its own metrics. */
export const proxyPorts = { inbound: 4143, admin: 4191 } as const;
