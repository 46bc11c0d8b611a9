/** The ids of the last events, and where they went. The real server bounds them by bytes: about as many as it takes in ten seconds. */
export class RecentIds {
  private readonly places = new Map<string, number>();

  constructor(private readonly max: number) {}

  add(streamId: string, id: string, revision: number): void {
    this.places.set(keyOf(streamId, id), revision);
    const eldest = this.places.keys().next();
    if (this.places.size > this.max && eldest.done !== true) this.places.delete(eldest.value);
  }

  revisionOf(streamId: string, id: string): number | undefined {
    return this.places.get(keyOf(streamId, id));
  }
}

const keyOf = (streamId: string, id: string): string => `${id}@${streamId}`;
