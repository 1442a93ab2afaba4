/** What places a picture in the store. */
export interface PicturePosition {
  readonly attemptId: string;
  readonly position: number;
}

/** Where a picture lies in the store: by the end of its attempt's id, which is random, so that no folder is large. */
export function pictureKey({ attemptId, position }: PicturePosition): string {
  return `try-ons/${attemptId.slice(-2)}/${attemptId}-${position}`;
}

/** Where a picture lies that was made so many pixels wide. */
export function thumbnailKey({ attemptId, position }: PicturePosition, width: number): string {
  return `thumbnails/${attemptId.slice(-2)}/${attemptId}-${position}-w${width}`;
}
