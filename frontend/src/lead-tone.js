// Two short notes when a campaign has somebody on the line: the telephone has answered by itself, nothing rings.
import { onFirstTouch } from "./touch.js";

const NOTES = [660, 990]; // hertz
const LENGTH = 0.08; // seconds each
const LOUD = 0.2;

let context;

const awaken = () => (context ??= new AudioContext()).resume();
onFirstTouch(awaken);

/** Play the notes; false if the browser does not let the page sound. */
export async function chime() {
  awaken();
  if (context.state !== "running") await Promise.race([awaken(), new Promise((done) => setTimeout(done, 100))]);
  if (context.state !== "running") return false;
  NOTES.forEach((hertz, place) => note(hertz, context.currentTime + place * LENGTH));
  return true;
}

function note(hertz, at) {
  const tone = new OscillatorNode(context, { frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(LOUD, at + 0.01); // no click at either end
  volume.gain.setValueAtTime(LOUD, at + LENGTH - 0.02);
  volume.gain.linearRampToValueAtTime(0, at + LENGTH);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + LENGTH);
}
