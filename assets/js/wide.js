// Full-width digits, letters and signs, as Chinese keyboards write them, read as narrow ones (kernel/width.rs).

/** A text as it is compared when somebody looks for it: narrow, in small letters. */
export const folded = (text) => text
  .replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
  .replaceAll('　', ' ')
  .toLowerCase();
