/** The picture with at most `width` columns: each new pixel is the mean of the old ones that it covers. */
export function shrink({ data, width: oldWidth, height: oldHeight, channels, depth, palette }, width) {
  if (palette) throw new Error("pictures with a palette are not supported");
  const scale = Math.max(1, oldWidth / width);
  const [newWidth, newHeight] = [oldWidth, oldHeight].map((length) => Math.max(1, Math.round(length / scale)));
  const shrunk = new data.constructor(newWidth * newHeight * channels);
  for (let y = 0; y < newHeight; y++) {
    const [top, bottom] = span(y, scale, oldHeight);
    for (let x = 0; x < newWidth; x++) {
      const [left, right] = span(x, scale, oldWidth);
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let row = top; row < bottom; row++)
          for (let column = left; column < right; column++) sum += data[(row * oldWidth + column) * channels + channel];
        shrunk[(y * newWidth + x) * channels + channel] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return { data: shrunk, width: newWidth, height: newHeight, channels, depth };
}

/** The first old pixel that a new one covers, and the one after the last. */
function span(index, scale, length) {
  const first = Math.min(length - 1, Math.floor(index * scale));
  return [first, Math.max(first + 1, Math.min(length, Math.floor((index + 1) * scale)))];
}
