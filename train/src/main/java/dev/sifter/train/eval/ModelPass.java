package dev.sifter.train.eval;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.decoder.TokenBatch;
import dev.sifter.train.eval.EvalSample.LogLikelihood;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Passes over a model that score tokens. What is asked of a pass is collected first: at which row
 * which token is scored, and for which text; a text's tokens may be scored in several passes.
 * Logits live for a chunk of rows only, and only rows that are asked for get any.
 */
final class ModelPass {
  private final Decoder decoder;
  private final TensorArena arena;
  private final double[] sums;
  private final boolean[] greedy;
  private final List<int[]> asked = new ArrayList<>();
  private long tokensRead;

  ModelPass(Decoder decoder, TensorArena arena, int texts) {
    this.decoder = decoder;
    this.arena = arena;
    this.sums = new double[texts];
    this.greedy = new boolean[texts];
    Arrays.fill(greedy, true);
  }

  /** Asks the next pass for the probability of a token at a row. */
  void ask(int row, int token, int text) {
    asked.add(new int[] {row, token, text});
  }

  /**
   * Reads tokens and answers what was asked.
   *
   * @param cache of earlier tokens, if the batch belongs to one; else null
   */
  void run(TokenBatch tokens, KvCache cache) {
    int[] rows = asked.stream().mapToInt(one -> one[0]).toArray();
    int[] targets = asked.stream().mapToInt(one -> one[1]).toArray();
    Tape tape = Tape.inference(decoder.backend(), arena);
    tokensRead += tokens.size();
    try (Variable hidden = decoder.hidden(tape, tokens, cache)) {
      if (rows.length > 0) {
        add(decoder.loss(tape, hidden, rows, targets, 1));
      }
    }
    arena.clear();
    asked.clear();
  }

  private void add(LinearCrossEntropy.Loss loss) {
    for (int i = 0; i < asked.size(); i++) {
      int token = asked.get(i)[1];
      int text = asked.get(i)[2];
      sums[text] -= loss.rowLoss()[i];
      greedy[text] &= loss.rowArgMax()[i] == token;
    }
  }

  /** What the passes so far say of a text. */
  LogLikelihood score(int text) {
    return new LogLikelihood(sums[text], greedy[text]);
  }

  /** Tokens that went through the model. */
  long tokensRead() {
    return tokensRead;
  }
}
