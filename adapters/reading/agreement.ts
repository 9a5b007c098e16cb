import { parseColor, type Scalar } from "koine/adapter";

/** How far two numbers may lie apart and be the same: half of what any property shows. */
const tolerance = 0.051;

/** Whether a report is the value that was wished. */
export function agrees(wanted: Scalar): (report: Scalar) => boolean {
  return (report) => {
    if (typeof wanted === "number" && typeof report === "number") {
      return Math.abs(wanted - report) <= tolerance;
    }
    if (typeof wanted === "object" && wanted !== null) return agreesInColor(wanted, report);
    return wanted === report;
  };
}

/** A colour comes back as three bytes, which moves hue and saturation a little. */
function agreesInColor(wanted: Scalar, report: Scalar): boolean {
  const [wish, now] = [parseColor(wanted), parseColor(report)];
  if (!wish || !now) return false;
  const turn = Math.abs(wish.h - now.h);
  return Math.abs(wish.s - now.s) <= 1 && (wish.s <= 1 || Math.min(turn, 360 - turn) <= 2);
}
