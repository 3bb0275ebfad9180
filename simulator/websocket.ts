/** As much of RFC 6455 as a client with single text frames needs: handshake, text, ping, close. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** Every handshake is made with it (RFC 6455, 1.3). */
const handshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;
/** Codes of a close frame (RFC 6455, 7.4.1). */
const closeCodes = { protocol: 1002, unsupported: 1003, tooBig: 1009 } as const;
/** Longest message in bytes. An answer is at most a little more than three times as long, and so has a length of 16 bits. */
const mostBytes = 16_384;

/** Takes a client's wish to speak WebSocket; `answer` gives the text for a message, or nothing. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  answer: (text: string) => string | undefined,
): void {
  socket.on("error", () => socket.destroy());
  const key = request.headers["sec-websocket-key"];
  if (request.headers.upgrade?.toLowerCase() !== "websocket" || key === undefined) {
    socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  const accept = createHash("sha1").update(`${key}${handshakeGuid}`).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
      `sec-websocket-accept: ${accept}\r\n\r\n`,
  );
  let received = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    let frame = readFrame(received);
    while (frame !== undefined && socket.writable) {
      received = received.subarray(frame.length);
      respond(frame, socket, answer);
      frame = readFrame(received);
    }
  });
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Bytes of the whole frame. */
  readonly length: number;
  /** Why the connection has to end. */
  readonly fault?: keyof typeof closeCodes;
}

/** The first frame of what was received; nothing where it is not whole yet. */
function readFrame(bytes: Buffer): Frame | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const opcode = first & 0x0f;
  const broken = (fault: keyof typeof closeCodes): Frame => ({
    opcode,
    payload: Buffer.alloc(0),
    length: bytes.length,
    fault,
  });
  if ((second & 0x80) === 0 || (first & 0x70) !== 0) return broken("protocol");
  if ((first & 0x80) === 0) return broken("unsupported");
  const short = second & 0x7f;
  if (short === 127) return broken("tooBig");
  const header = short === 126 ? 8 : 6;
  if (bytes.length < header) return undefined;
  const size = short === 126 ? bytes.readUInt16BE(2) : short;
  if (size > mostBytes) return broken("tooBig");
  if (bytes.length < header + size) return undefined;
  const mask = bytes.subarray(header - 4, header);
  const payload = bytes.subarray(header, header + size).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return { opcode, payload: Buffer.from(payload), length: header + size };
}

function respond(frame: Frame, socket: Duplex, answer: (text: string) => string | undefined): void {
  const { opcode, payload, fault } = frame;
  if (fault !== undefined) {
    end(socket, closeCodes[fault]);
  } else if (opcode === opcodes.text) {
    const text = answer(payload.toString("utf8"));
    if (text !== undefined) socket.write(frameOf(opcodes.text, Buffer.from(text)));
  } else if (opcode === opcodes.ping) {
    socket.write(frameOf(opcodes.pong, payload));
  } else if (opcode === opcodes.close) {
    socket.end(frameOf(opcodes.close, payload.subarray(0, 2)));
  } else if (opcode !== opcodes.pong) {
    end(socket, closeCodes.unsupported);
  }
}

function end(socket: Duplex, code: number): void {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  socket.end(frameOf(opcodes.close, payload));
}

/** A server's frame is not masked. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload]);
  const header = Buffer.from([0x80 | opcode, 126, 0, 0]);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}
