package dev.sifter.train.eval.score;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.decoder.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

  /** Texts by row and token, packed into a key: what texts share is computed once. */
  private final Map<Long, List<Integer>> asked = new LinkedHashMap<>();

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
    asked.computeIfAbsent((long) row << 32 | token, key -> new ArrayList<>(1)).add(text);
  }

  /**
   * Reads tokens and answers what was asked.
   *
   * @param cache of earlier tokens, if the batch belongs to one; else null
   */
  void run(TokenBatch tokens, KvCache cache) {
    int[] rows = asked.keySet().stream().mapToInt(key -> (int) (key >> 32)).toArray();
    int[] targets = asked.keySet().stream().mapToInt(Long::intValue).toArray();
    Tape tape = Tape.inference(decoder.backend(), arena);
    tokensRead += tokens.size();
    try (Variable hidden = decoder.hidden(tape, tokens, cache)) {
      if (rows.length > 0) {
        add(decoder.loss(tape, hidden, rows, targets, 1), targets);
      }
    }
    arena.clear();
    asked.clear();
  }

  private void add(LinearCrossEntropy.Loss loss, int[] targets) {
    int i = 0;
    for (List<Integer> texts : asked.values()) {
      for (int text : texts) {
        sums[text] -= loss.rowLoss()[i];
        greedy[text] &= loss.rowArgMax()[i] == targets[i];
      }
      i++;
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
