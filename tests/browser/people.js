// Who goes on the journeys.

export const ADA = "ada@example.org";
export const PASSWORD = "correct horse battery";
