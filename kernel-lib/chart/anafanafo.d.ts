declare module "anafanafo" {
  /** The width of a text in pixels in one of the package's fonts; with `guess`, also of characters it does not know. */
  export default function measure(
    text: string,
    options: { font: "10px Verdana" | "bold 10px Verdana"; guess?: boolean },
  ): number;
}
