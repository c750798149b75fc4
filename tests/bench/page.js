// Runs in the page before its own scripts: notes when things were drawn and how long each animation frame took.
(() => {
  const seen = { frames: [], inks: [], lastFrame: 0, binary: [], ready: [] };
  window.__bench = seen;

  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    ask((time) => {
      const begin = performance.now();
      callback(time);
      const end = performance.now();
      if (seen.frames.length && seen.frames.at(-1).time === time) seen.frames.at(-1).ms += end - begin;
      else seen.frames.push({ time, ms: end - begin });
    });

  // A stroke is ink: the first one is the first moving picture.
  const stroke = CanvasRenderingContext2D.prototype.stroke;
  CanvasRenderingContext2D.prototype.stroke = function (...rest) {
    seen.lastInk = performance.now();
    seen.firstInk ??= seen.lastInk;
    return stroke.apply(this, rest);
  };

  // What is computed as an image is a picture, too.
  for (const name of ["drawImage", "putImageData"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...rest) {
      seen.firstImage ??= performance.now();
      return draw.apply(this, rest);
    };
  }

  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...rest) {
      super(...rest);
      this.addEventListener("message", ({ data }) => {
        if (typeof data !== "string") seen.binary.push(performance.now());
      });
    }
  };
})();
