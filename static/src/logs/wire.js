// The binary messages of /ws/projects/…/logs/, as projects/consumers/logs.py describes them.

const MESSAGE_HEADER = 8;
const FRAME_HEADER = 8;

/** What the header says, and the frames' bytes. */
export function readMessage(buffer) {
  const view = new DataView(buffer);
  return {
    kind: view.getUint8(0),
    source: view.getUint16(2),
    lines: view.getUint32(4),
    frames: new Uint8Array(buffer, MESSAGE_HEADER),
    size: buffer.byteLength,
  };
}

/** Calls `take(stream, payload)` for each frame: stream 1 is stdout, 2 stderr. */
export function eachFrame(frames, take) {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let position = 0;
  while (position + FRAME_HEADER <= frames.length) {
    const end = position + FRAME_HEADER + view.getUint32(position + 4);
    take(view.getUint8(position), frames.subarray(position + FRAME_HEADER, end));
    position = end;
  }
}
