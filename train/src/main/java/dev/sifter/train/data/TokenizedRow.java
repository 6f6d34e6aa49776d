package dev.sifter.train.data;

/**
 * A record as tokens, before labels and truncation.
 *
 * @param row what it was made of
 * @param ids token ids
 * @param labels labels that the record brought along; null for none
 * @param completionMask where the completion is; null where the record has none
 * @param assistantMask where the assistant speaks; null where nobody asked
 * @param promptIsPrefix whether the tokens of the prompt alone begin those of the whole
 */
record TokenizedRow(
    TrainingRow row,
    int[] ids,
    int[] labels,
    boolean[] completionMask,
    boolean[] assistantMask,
    boolean promptIsPrefix) {

  /** The labels of the loss: the token itself where every mask that counts has it. */
  int[] labels(boolean completionOnly) {
    if (labels != null) {
      return labels;
    }
    int[] result = ids.clone();
    for (int i = 0; i < ids.length; i++) {
      if (completionOnly && completionMask != null && !completionMask[i]
          || assistantMask != null && !assistantMask[i]) {
        result[i] = Example.IGNORED;
      }
    }
    return result;
  }
}
