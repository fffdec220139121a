// Canvases a finger writes on. What is drawn is kept as strokes, so that it can be measured and drawn again.

const drawn = new WeakMap();

/** The strokes on a pad: lists of x and y in turn, in points of the canvas. */
export const strokes = (pad) => drawn.get(pad) ?? [];

/** How long all strokes are together: a tap is no signature. */
export function inked(pad) {
  let sum = 0;
  for (const line of strokes(pad)) {
    for (let nth = 2; nth < line.length; nth += 2) sum += Math.hypot(line[nth] - line[nth - 2], line[nth + 1] - line[nth - 1]);
  }
  return sum;
}

function pen(pad) {
  const pen = pad.getContext('2d');
  Object.assign(pen, { lineWidth: 4, lineCap: 'round', lineJoin: 'round', strokeStyle: '#101820' });
  return pen;
}

/** Draws strokes anew; none: an empty pad. */
export function draw(pad, lines = []) {
  const ink = pen(pad);
  ink.clearRect(0, 0, pad.width, pad.height);
  drawn.set(pad, lines);
  for (const [x, y, ...more] of lines) {
    ink.beginPath();
    ink.moveTo(x, y);
    for (let nth = 0; nth < more.length; nth += 2) ink.lineTo(more[nth], more[nth + 1]);
    ink.stroke();
  }
}

/** Whether a finger is on a pad now. */
export let writing = false;

/** Lets a finger write on every canvas; `then` is told of a pad whose strokes have changed. */
export function pads(then) {
  for (const pad of document.querySelectorAll('[data-signature]')) {
    if (pad.dataset.ready !== undefined) continue;
    pad.dataset.ready = '';
    const ink = pen(pad);
    const at = (event) => [event.offsetX * pad.width / pad.clientWidth, event.offsetY * pad.height / pad.clientHeight].map(Math.round);
    let line;
    pad.addEventListener('pointerdown', (event) => {
      pad.setPointerCapture(event.pointerId);
      line = at(event);
      ink.beginPath();
      ink.moveTo(...line);
      writing = true;
    });
    pad.addEventListener('pointermove', (event) => {
      if (!line || !event.buttons) return;
      const point = at(event);
      line.push(...point);
      ink.lineTo(...point);
      ink.stroke();
    });
    const lifted = () => {
      writing = false;
      if (!line) return;
      drawn.set(pad, [...strokes(pad), line]);
      line = undefined;
      then(pad);
    };
    for (const end of ['pointerup', 'pointercancel']) pad.addEventListener(end, lifted);
    pad.closest('form').querySelector('[data-clear]').addEventListener('click', () => {
      draw(pad);
      then(pad);
    });
  }
}

/** What is on a pad, as a picture. */
export const png = (pad) => new Promise((resolve) => { pad.toBlob(resolve, 'image/png'); });
