// Where the board's pages are, in the order in which an operator needs them.

/** A place of the navigation. */
export type NavName = (typeof PLACES)[number]["name"];

/** The places with their addresses. */
export const PLACES = [
  { name: "overview", text: "Overview", href: "/" },
  { name: "resets", text: "Resets", href: "/resets" },
  { name: "facilities", text: "Facilities", href: "/facilities" },
  { name: "jobs", text: "Failed jobs", href: "/jobs" },
  { name: "alarms", text: "Alarms", href: "/alarms" },
  { name: "queues", text: "Queues", href: "/queues" },
  { name: "audit", text: "Audit", href: "/audit" },
] as const;
