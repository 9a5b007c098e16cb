/** One garbage collection, whatever wrote it down. Sizes in bytes. */
export interface Collection {
  /** When, in ms since the process started. */
  readonly atMs: number;
  /** Whether the whole heap was collected, not only its young part. */
  readonly isMajor: boolean;
  /** In use before and after, of the whole heap. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** Taken from the system for the heap, after it. */
  readonly committedBytes?: number;
  readonly pauseMs: number;
  readonly reason?: string;
}

/** What a verbose trace or a recording says more of the heap after a collection. Sizes in bytes. */
export interface HeapDetail {
  /** In use in the old and the large object space: what survived, without code and tables of V8. */
  readonly oldBytes?: number;
  /** Outside the heap, held by objects in it, such as the bytes of a Buffer. */
  readonly externalBytes?: number;
}

/** A look at a process from inside, as a recording has one each second. Sizes in bytes. */
export interface Sample extends HeapDetail {
  readonly atMs: number;
  readonly usedBytes: number;
  /** Whether it was taken just after a full collection that was forced. */
  readonly isFloor: boolean;
  /** Resident memory that is neither V8's heap nor external: native libraries, and what they lose. */
  readonly nativeBytes?: number;
  /** Contexts, and those whose global object is gone and that something still holds. */
  readonly contexts?: number;
  readonly detachedContexts?: number;
}

/** What one line said. */
export type TraceEntry =
  | { readonly type: "collection"; readonly collection: Collection; readonly detail?: HeapDetail }
  /** More of the collection before it. */
  | { readonly type: "detail"; readonly detail: HeapDetail }
  | { readonly type: "sample"; readonly sample: Sample }
  | { readonly type: "limit"; readonly limitBytes: number }
  /** Of V8's trace, and nothing that is needed here. */
  | { readonly type: "other" };
