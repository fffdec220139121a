// A photograph made so small that it goes through a bad line.

/** What every browser reads. */
const READ = ['', 'image/jpeg', 'image/jpg', 'image/png', 'image/gif', 'image/webp', 'image/bmp'];

/** Whether a file that cannot be read is a picture all the same: HEIC as iPhones take it, or a camera's own format. */
export async function isForeign(file) {
  const head = new TextDecoder('latin1').decode(await file.slice(4, 8).arrayBuffer());
  return head === 'ftyp' || (file.type.startsWith('image/') && !READ.includes(file.type));
}

/** A photograph of at most 1600 points and 240 kB. */
export async function shrunk(file) {
  const picture = await createImageBitmap(file);
  let side = Math.min(1600, Math.max(picture.width, picture.height));
  for (let quality = 0.8; ; quality -= 0.15) {
    const scale = side / Math.max(picture.width, picture.height);
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    const bytes = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (bytes.size <= 240 * 1024 || side < 400) {
      picture.close();
      return bytes;
    }
    if (quality < 0.4) { side *= 0.7; quality = 0.8; }
  }
}
