package dev.sifter.model.generate;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.generate.SequenceReader.Input;
import java.util.Arrays;
import java.util.List;

/**
 * Classifier-free guidance (Sanchez et al. 2023): log p of a token becomes log q + g (log p − log
 * q), where q is its probability in the same text without the prompt, but for the prompt's last
 * token. Above 1, g makes an answer follow from its prompt more.
 */
final class Guidance implements AutoCloseable {
  private final float scale;
  private final SequenceReader reader;
  private final int[] skipped;

  /**
   * Guidance of nothing yet.
   *
   * @param slots sequences
   * @param length tokens of the longest answer
   */
  Guidance(double scale, Decoder decoder, int slots, int length) {
    this.scale = (float) scale;
    this.reader = new SequenceReader(decoder, slots, 1 + length, null);
    this.skipped = new int[slots];
  }

  /** Reads the sequences without their prompts, and changes the logits of those with them. */
  void guide(List<Input> inputs, float[][] logits) {
    reader.read(inputs.stream().map(this::withoutPrompt).toList());
    for (Input input : inputs) {
      float[] guided = logits[input.slot()];
      float[] plain = reader.logits(input.slot());
      Softmax.toLogProbabilities(guided);
      Softmax.toLogProbabilities(plain);
      for (int i = 0; i < guided.length; i++) {
        guided[i] = scale * (guided[i] - plain[i]) + plain[i];
      }
    }
  }

  private Input withoutPrompt(Input input) {
    int from = input.promptLength() - 1;
    skipped[input.slot()] = from;
    int[] tokens = Arrays.copyOfRange(input.tokens(), from, input.length());
    return new Input(input.slot(), tokens, tokens.length, 1);
  }

  /** {@link SequenceReader#copy} of what is read here. */
  void copy(int from, int to, int common) {
    reader.copy(from, to, Math.max(common - skipped[from], 0));
    skipped[to] = skipped[from];
  }

  /** Tokens that went through the model. */
  long tokensRead() {
    return reader.tokensRead();
  }

  @Override
  public void close() {
    reader.close();
  }
}
