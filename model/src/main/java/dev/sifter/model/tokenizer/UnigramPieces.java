package dev.sifter.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The pieces of a Unigram model in training, and its steps: expectation and maximisation over all
 * ways to cut the words, and pruning of the pieces whose loss costs least (Kudo 2018, section 3.2),
 * in the form that Hugging Face's trainer and SentencePiece give them.
 *
 * @param texts pieces; the first stands for unknown characters
 * @param scores log-probabilities
 */
record UnigramPieces(List<String> texts, double[] scores) {
  /** Pieces that are expected less often are given up. */
  private static final double LEAST_EXPECTED = 0.5;

  private static final String UNKNOWN = "\0";

  /** The pieces to begin with, as probable as they are frequent. */
  static UnigramPieces of(List<UnigramSeeds.Seed> seeds) {
    List<String> texts = new ArrayList<>(List.of(UNKNOWN));
    double sum = 0;
    for (UnigramSeeds.Seed seed : seeds) {
      texts.add(seed.text());
      sum += seed.weight();
    }
    double[] scores = new double[texts.size()];
    scores[0] = Double.NaN;
    for (int i = 0; i < seeds.size(); i++) {
      scores[i + 1] = Math.log(seeds.get(i).weight()) - Math.log(sum);
    }
    return new UnigramPieces(texts, scores);
  }

  UnigramLattice lattice() {
    return new UnigramLattice(texts, scores);
  }

  int size() {
    return texts.size();
  }

  /**
   * One step of expectation and maximisation, with the digamma function of variational Bayes, which
   * prefers few pieces.
   */
  UnigramPieces improved(Map<String, Long> words) {
    double[] expected = new double[size()];
    UnigramLattice lattice = lattice();
    words.forEach((word, count) -> lattice.addExpected(word, count, expected));
    List<String> kept = new ArrayList<>(List.of(UNKNOWN));
    double[] counts = new double[size()];
    double sum = 0;
    for (int id = 1; id < size(); id++) {
      if (expected[id] >= LEAST_EXPECTED) {
        counts[kept.size()] = expected[id];
        kept.add(texts.get(id));
        sum += expected[id];
      }
    }
    double[] improved = Arrays.copyOf(counts, kept.size());
    double logSum = digamma(sum);
    improved[0] = Double.NaN;
    for (int id = 1; id < improved.length; id++) {
      improved[id] = digamma(improved[id]) - logSum;
    }
    return new UnigramPieces(kept, improved);
  }

  /** ψ(x), by its asymptotic series at (x − ½). */
  static double digamma(double x) {
    double result = 0;
    double at = x;
    for (; at < 7; at++) {
      result -= 1 / at;
    }
    at -= 0.5;
    double square = 1 / (at * at);
    double fourth = square * square;
    return result
        + Math.log(at)
        + square / 24
        - 7.0 / 960 * fourth
        + 31.0 / 8064 * fourth * square
        - 127.0 / 30720 * fourth * fourth;
  }

  /** A piece that can be done without, and by how much the likelihood falls without it. */
  private record Candidate(int id, double loss) {}

  /** The pieces without those that matter least; {@code most} are left, or as many as must stay. */
  UnigramPieces pruned(Map<String, Long> words, int most) {
    UnigramLattice lattice = lattice();
    int[][] alternatives = new int[size()][];
    boolean[] stays = new boolean[size()];
    for (int id = 1; id < size(); id++) {
      int[] several = lattice.bestOfSeveral(texts.get(id));
      boolean bestAlone = several == null || lattice.score(several) <= scores[id];
      stays[id] = bestAlone;
      alternatives[id] = several != null && bestAlone ? several : new int[0];
    }
    double[] frequency = new double[size()];
    long[] all = {0};
    words.forEach(
        (word, count) -> {
          all[0] += count;
          for (int id : lattice.best(word)) {
            frequency[id] += count;
          }
        });
    double sum = Arrays.stream(frequency).sum();
    List<Integer> kept = new ArrayList<>(List.of(0));
    List<Candidate> candidates = new ArrayList<>();
    for (int id = 1; id < size(); id++) {
      if (alternatives[id].length == 0) {
        if (frequency[id] > 0 || stays[id]) {
          kept.add(id);
        }
      } else if (frequency[id] > 0) {
        double loss = loss(frequency, id, alternatives[id], sum);
        candidates.add(new Candidate(id, loss * frequency[id] / all[0]));
      }
    }
    candidates.sort(Comparator.comparingDouble(Candidate::loss).reversed());
    for (Candidate candidate : candidates) {
      if (kept.size() == most) {
        break;
      }
      kept.add(candidate.id());
    }
    return new UnigramPieces(
        kept.stream().map(texts::get).toList(),
        kept.stream().mapToDouble(id -> scores[id]).toArray());
  }

  /**
   * What an occurrence of a piece loses if the piece goes: its occurrences fall to those that it
   * would be cut into. They are counted anew as if every piece of the vocabulary got them, as
   * Hugging Face's trainer does it, not only those few, as SentencePiece does: so the vocabulary is
   * the same as there. Either way finds nearly the same likelihood.
   *
   * @param sum occurrences of all pieces
   */
  private double loss(double[] frequency, int id, int[] alternatives, double sum) {
    double logNewSum = Math.log(sum + frequency[id] * (size() - 1));
    double after = 0;
    for (int alternative : alternatives) {
      after += Math.log(frequency[alternative] + frequency[id]) - logNewSum;
    }
    return Math.log(frequency[id]) - Math.log(sum) - after;
  }
}
