package dev.sifter.train.data;

/**
 * What becomes of a conversation whose template writes earlier answers in another way once later
 * messages follow, as those of thinking models do, which drop old thoughts.
 */
public enum HistoryPolicy {
  /** The run is refused. */
  REFUSE,
  /** One example of the whole, in which every answer stays as it was when its turn came. */
  KEEP,
  /** One example, as the model sees it at the last answer; only that answer is trained. */
  STRIP,
  /** One example for each answer, as the model sees it at that answer, which alone is trained. */
  SPLIT,
  /** The whole as the template writes it, whatever it rewrites. */
  AS_RENDERED
}
