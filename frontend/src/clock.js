// Time as the server has it, and durations as people read them.
let offset = 0;

/** Take the server's time, so that a wrong clock on this machine does not show. */
export function setServerTime(iso) {
  offset = Date.parse(iso) - Date.now();
}

/** Milliseconds since the epoch on the server's clock. */
export function now() {
  return Date.now() + offset;
}

/** "0:42", "2:14", "1:02:03". */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
