package dev.sifter.model.generate;

import dev.sifter.model.ModelException;
import dev.sifter.model.generate.SequenceReader.Input;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Searches the best answers to one prompt, as transformers 5.18.0 does. A beam is the beginning of
 * an answer; its score is the sum of its tokens' log p after the logits processors. Of all beams
 * with one token more those of the highest scores go on, {@code num_beams} of them. Those among the
 * first {@code num_beams} that end become answers, whose scores are divided by nᵖ, n being their
 * new tokens and p the length penalty; the best {@code num_beams} answers are kept.
 *
 * <p>Here a search does not depend on others that run beside it, nor goes on with a beam that is
 * impossible or has ended where too few others are left.
 */
final class BeamSearch {
  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparing(Candidate::score)
          .reversed()
          .thenComparing(Candidate::parent)
          .thenComparing(Candidate::token);

  private final GeneratedSequence start;
  private final SearchRules rules;
  private final int candidates;
  private final List<LogitsProcessor> processors;
  private final SequenceReader reader;
  private final BeamSlots slots;
  private List<Beam> running;
  private List<Answer> answers = List.of();

  /**
   * A beginning.
   *
   * @param tokens the prompt and what follows it
   */
  record Beam(int slot, int[] tokens, float score) {

    int[] followedBy(int token) {
      int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
      longer[tokens.length] = token;
      return longer;
    }
  }

  /**
   * A beam with one token more.
   *
   * @param parent place of the beam among those that run
   */
  private record Candidate(int parent, int token, float score) {}

  /** What has ended, with its score by length. */
  private record Answer(int[] tokens, float score) {}

  /**
   * A search that has its prompt only.
   *
   * @param start the prompt; its index is the first of num_beams slots
   * @param endTokens how many tokens end an answer
   */
  BeamSearch(
      GeneratedSequence start,
      SearchRules rules,
      int endTokens,
      List<LogitsProcessor> processors,
      SequenceReader reader) {
    this.start = start;
    this.rules = rules;
    // So many that num_beams go on even if each beam may end with each of these tokens.
    this.candidates = Math.max(2, 1 + endTokens) * rules.numBeams();
    this.processors = processors;
    this.reader = reader;
    this.slots = new BeamSlots(reader, start.index(), rules.numBeams());
    this.running = List.of(new Beam(start.index(), start.tokens(), 0));
  }

  /** What is to be read before a step. */
  List<Input> inputs() {
    return running.stream()
        .map(beam -> new Input(beam.slot, beam.tokens, beam.tokens.length, start.promptLength()))
        .toList();
  }

  /** Lengthens the beams by a token. */
  void step() {
    List<Candidate> next = new ArrayList<>();
    List<Answer> ended = new ArrayList<>(answers);
    int rank = 0;
    for (Candidate candidate : best()) {
      int[] tokens = running.get(candidate.parent).followedBy(candidate.token);
      if (!start.wouldEndWith(tokens)) {
        next.add(candidate);
      } else if (rank < rules.numBeams()) {
        ended.add(new Answer(tokens, scaled(candidate.score, tokens.length)));
      }
      rank++;
    }
    ended.sort(Comparator.comparing(Answer::score).reversed());
    answers = first(ended);
    goOnWith(first(next));
  }

  private <T> List<T> first(List<T> sorted) {
    return List.copyOf(sorted.subList(0, Math.min(rules.numBeams(), sorted.size())));
  }

  private void goOnWith(List<Candidate> chosen) {
    int[] places = slots.place(chosen.stream().map(each -> running.get(each.parent)).toList());
    List<Beam> beams = new ArrayList<>();
    for (int i = 0; i < places.length; i++) {
      Candidate each = chosen.get(i);
      int[] tokens = running.get(each.parent).followedBy(each.token);
      beams.add(new Beam(places[i], tokens, each.score));
    }
    running = beams;
  }

  /** The best candidates of all beams, best first; none that is excluded. */
  private List<Candidate> best() {
    PriorityQueue<Candidate> worstFirst = new PriorityQueue<>(BEST_FIRST.reversed());
    float threshold = Float.NEGATIVE_INFINITY;
    for (int b = 0; b < running.size(); b++) {
      Beam beam = running.get(b);
      float[] scores = processed(beam);
      for (int token = 0; token < scores.length; token++) {
        float score = beam.score + scores[token];
        if (score > threshold) {
          worstFirst.add(new Candidate(b, token, score));
          if (worstFirst.size() > candidates) {
            worstFirst.poll();
          }
          if (worstFirst.size() == candidates) {
            threshold = worstFirst.peek().score;
          }
        }
      }
    }
    return worstFirst.stream().sorted(BEST_FIRST).toList();
  }

  private float[] processed(Beam beam) {
    float[] scores = reader.logProbabilities(beam.slot);
    TokenContext context = start.context(beam.tokens);
    processors.forEach(processor -> processor.process(context, scores));
    return scores;
  }

  private float scaled(float score, int length) {
    return score / (float) Math.pow(length - start.promptLength(), rules.lengthPenalty());
  }

  /** Whether the search has ended. */
  boolean finished() {
    if (running.isEmpty()) {
      return true;
    }
    if (answers.size() < rules.numBeams()) {
      return false;
    }
    Beam best = running.getFirst();
    float hoped =
        switch (rules.earlyStopping()) {
          case TRUE -> Float.NEGATIVE_INFINITY;
          case NEVER ->
              scaled(best.score, rules.lengthPenalty() > 0 ? start.limit() : best.tokens.length);
          case FALSE -> scaled(best.score, best.tokens.length);
        };
    return !(hoped > answers.getLast().score);
  }

  /**
   * The best answers, best first.
   *
   * @param number of the first one
   * @throws ModelException if there are fewer than are asked for
   */
  List<Generation> results(int number, GenerationListener listener) {
    int count = rules.numReturnSequences();
    if (answers.size() < count) {
      throw new ModelException(
          "a search found %d of %d answers: all other tokens are excluded; lower num_return_sequences, or shorten suppress_tokens or bad_words_ids"
              .formatted(answers.size(), count));
    }
    List<Generation> results = new ArrayList<>();
    for (Answer answer : answers.subList(0, count)) {
      results.add(start.with(answer.tokens, number + results.size(), listener).result());
    }
    return results;
  }
}
