/** Labels that come from outside, such as names of facilities: each new one is a new series for ever, so there is an end to them. */

const OTHER = "other";

/** Makes a function that gives a label back as it is, and "other" once so many different ones have been seen. */
export function boundedLabels(labelsMax: number): (label: string) => string {
  const known = new Set<string>();
  return (label) => {
    if (known.has(label)) return label;
    if (known.size >= labelsMax) return OTHER;
    known.add(label);
    return label;
  };
}
