package dev.sifter.train.cli;

import dev.sifter.engine.random.Philox;
import dev.sifter.engine.random.RandomStream;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Token sequences on which two models are compared. */
final class ProofTexts {
  private static final int MAX_LENGTH = 256;
  private static final int MAX_LINES = 64;
  private static final int RANDOM_TEXTS = 4;
  private static final int RANDOM_LENGTH = 64;
  private static final long SEED = 0;

  private ProofTexts() {}

  /** Random tokens, the same at every call. */
  static List<int[]> random(ModelConfig config) {
    int length = Math.min(RANDOM_LENGTH, config.maxPositionEmbeddings());
    int[] bits = new int[4];
    List<int[]> texts = new ArrayList<>();
    for (int t = 0; t < RANDOM_TEXTS; t++) {
      int[] ids = new int[length];
      for (int i = 0; i < length; i++) {
        Philox.block(new RandomStream(SEED, t), i, bits);
        ids[i] = Integer.remainderUnsigned(bits[0], config.vocabSize());
      }
      texts.add(ids);
    }
    return texts;
  }

  /**
   * The first lines of a file that are not blank, cut to a length that a proof needs.
   *
   * @throws IllegalArgumentException if there is none, or a token is none of the model's
   */
  static List<int[]> lines(Path file, Tokenizer tokenizer, ModelConfig config) {
    int longest = Math.min(MAX_LENGTH, config.maxPositionEmbeddings());
    List<int[]> texts =
        Inputs.text(file)
            .lines()
            .filter(line -> !line.isBlank())
            .limit(MAX_LINES)
            .map(line -> tokenizer.encode(line, true).ids())
            .filter(ids -> ids.length > 0)
            .map(ids -> Arrays.copyOf(ids, Math.min(ids.length, longest)))
            .toList();
    if (texts.isEmpty()) {
      throw new IllegalArgumentException(file + " has no line of text to prove the merge on");
    }
    for (int[] ids : texts) {
      for (int id : ids) {
        if (id >= config.vocabSize()) {
          throw new IllegalArgumentException(
              "%s: token %d, but the model has %d: the tokenizer is not its own"
                  .formatted(file, id, config.vocabSize()));
        }
      }
    }
    return texts;
  }
}
