package dev.sifter.train.eval;

import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.eval.TaskRun.Request;
import dev.sifter.train.eval.score.LogLikelihood;
import dev.sifter.train.eval.score.ScoredText;
import dev.sifter.train.eval.score.TextEncoder;
import dev.sifter.train.eval.score.TextScorer;
import dev.sifter.train.eval.task.LeafTask;
import dev.sifter.train.eval.task.OutputType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Asks the model what tasks want to know, except what it has answered before. */
final class RequestRunner {
  private final TextEncoder encoder;
  private final TextScorer scorer;
  private final AnswerGenerator generator;
  private final ModelAnswers known;
  private final ProgressListener listener;

  RequestRunner(
      Decoder decoder,
      Tokenizer tokenizer,
      TextEncoder encoder,
      EvalOptions options,
      ModelAnswers known,
      ProgressListener listener) {
    this.encoder = encoder;
    this.scorer = new TextScorer(decoder, options.maxBatchTokens(), options.maxBatchSize());
    this.generator = new AnswerGenerator(decoder, tokenizer, encoder, options);
    this.known = known;
    this.listener = listener;
  }

  /** Gives every request of these tasks its answers. */
  void answer(List<TaskRun> runs) {
    scorePairs(requests(runs, Set.of(OutputType.LOGLIKELIHOOD, OutputType.MULTIPLE_CHOICE)));
    scoreTexts(requests(runs, Set.of(OutputType.LOGLIKELIHOOD_ROLLING)));
    for (TaskRun run : runs) {
      if (run.task().outputType() == OutputType.GENERATE_UNTIL) {
        generate(run.task(), run.requests());
      }
    }
  }

  private static List<Request> requests(List<TaskRun> runs, Set<OutputType> types) {
    return runs.stream()
        .filter(run -> types.contains(run.task().outputType()))
        .flatMap(run -> run.requests().stream())
        .toList();
  }

  /** Requests that earlier runs have not answered; the others get their answers. */
  private List<Request> unknown(String kind, List<Request> requests, int repeats) {
    List<Request> unknown = new ArrayList<>();
    for (Request request : requests) {
      Object answer = known.get(kind, request.arguments());
      if (answer == null) {
        unknown.add(request);
      } else {
        request.answers().addAll(Collections.nCopies(repeats, answer));
      }
    }
    return unknown;
  }

  private void scorePairs(List<Request> all) {
    String kind = "loglikelihood";
    List<Request> asked = unknown(kind, all, 1);
    List<ScoredText> texts =
        asked.stream()
            .map(request -> encoder.pair(request.context(), request.continuation()))
            .toList();
    int[] done = {all.size() - asked.size()};
    scorer.score(
        texts,
        (text, score) -> {
          asked.get(text).answers().add(score);
          known.put(kind, asked.get(text).arguments(), score);
          listener.progress(kind, ++done[0], all.size());
        });
  }

  /** A long text is scored in several windows, one without tokens in none. */
  private void scoreTexts(List<Request> all) {
    String kind = "loglikelihood_rolling";
    List<Request> asked = unknown(kind, all, 1);
    List<ScoredText> windows = new ArrayList<>();
    List<Integer> owners = new ArrayList<>();
    int[] first = new int[asked.size()];
    int[] missing = new int[asked.size()];
    for (int i = 0; i < missing.length; i++) {
      List<ScoredText> own = encoder.rolling(asked.get(i).continuation());
      first[i] = windows.size();
      windows.addAll(own);
      missing[i] = own.size();
      if (own.isEmpty()) {
        asked.get(i).answers().add(new LogLikelihood(0, true));
      }
      for (int w = 0; w < own.size(); w++) {
        owners.add(i);
      }
    }
    LogLikelihood[] scores = new LogLikelihood[windows.size()];
    int[] done = {0};
    scorer.score(
        windows,
        (window, score) -> {
          scores[window] = score;
          int owner = owners.get(window);
          if (--missing[owner] == 0) {
            int end = owner + 1 < first.length ? first[owner + 1] : scores.length;
            LogLikelihood whole = sum(scores, first[owner], end);
            asked.get(owner).answers().add(whole);
            known.put(kind, asked.get(owner).arguments(), whole);
          }
          listener.progress(kind, ++done[0], windows.size());
        });
  }

  private static LogLikelihood sum(LogLikelihood[] scores, int from, int to) {
    double sum = 0;
    boolean greedy = true;
    for (int i = from; i < to; i++) {
      sum += scores[i].value();
      greedy &= scores[i].isGreedy();
    }
    return new LogLikelihood(sum, greedy);
  }

  /** Greedy answers may be known; sampled ones are drawn anew. */
  private void generate(LeafTask task, List<Request> all) {
    String kind = "generate_until " + generator.settings(task.generation());
    boolean sampled = task.generation().doSample();
    int repeats = task.generation().repeats();
    List<Request> asked = sampled ? all : unknown(kind, all, repeats);
    int[] done = {(all.size() - asked.size()) * repeats};
    generator.answer(
        task.generation(),
        asked,
        (request, text) -> {
          request.answers().add(text);
          if (!sampled) {
            known.put(kind, request.arguments(), text);
          }
          listener.progress("generate_until " + task.name(), ++done[0], all.size() * repeats);
        });
  }
}
