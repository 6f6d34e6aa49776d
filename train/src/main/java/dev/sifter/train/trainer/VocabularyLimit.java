package dev.sifter.train.trainer;

import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.Example;
import java.util.List;

/** The tokens that a model has embeddings of, checked before a run begins. */
public final class VocabularyLimit {
  private VocabularyLimit() {}

  /**
   * Refuses rows with tokens that the model has no embedding of. A tokenizer may have such, with
   * tokens added that no data uses; one that has none gives no such row, and none is looked at.
   *
   * @param what the rows are, for the message
   * @throws IllegalArgumentException if there is one, naming the token
   */
  public static void require(
      String what, List<Example> rows, Tokenizer tokenizer, ModelConfig model) {
    if (tokenizer.vocabSize() > model.vocabSize()) {
      for (Example row : rows) {
        requireAll(what, row.inputIds(), tokenizer, model);
        requireAll(what, row.labels(), tokenizer, model);
      }
    }
  }

  private static void requireAll(String what, int[] ids, Tokenizer tokenizer, ModelConfig model) {
    for (int id : ids) {
      if (id >= model.vocabSize()) {
        throw new IllegalArgumentException(
            "the %s have the token '%s' (%d), but the model has embeddings of %d tokens: sifter add-tokens makes a model that has it"
                .formatted(what, tokenizer.token(id), id, model.vocabSize()));
      }
    }
  }
}
