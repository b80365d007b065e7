/** The forms an executed notebook can be written in. */
export const reportFormats = ["html", "md", "ipynb"] as const;
export type ReportFormat = (typeof reportFormats)[number];
