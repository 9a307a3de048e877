// Browsers let a page sound once somebody has touched it.
const TOUCHES = ["pointerdown", "keydown"];

/** Have `act` called from within the first click or key press. */
export function onFirstTouch(act) {
  const touched = () => {
    for (const touch of TOUCHES) removeEventListener(touch, touched, true);
    act();
  };
  for (const touch of TOUCHES) addEventListener(touch, touched, true);
}
