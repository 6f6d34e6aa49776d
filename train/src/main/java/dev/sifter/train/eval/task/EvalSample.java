package dev.sifter.train.eval.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.train.eval.metric.ItemValue;
import dev.sifter.train.eval.score.LogLikelihood;
import java.util.List;
import java.util.Map;

/**
 * One record's outcome under one filter: what the model was asked, what it answered, its scores.
 *
 * @param docId number of the record in its split, from 0
 * @param doc the record
 * @param target the right answer
 * @param arguments what the model was asked, one list a request
 * @param responses what it answered: {@link LogLikelihood}s or texts, for each request
 * @param filtered the answers after the filter; in a list of one where it takes none out of it
 * @param filter the filter's name
 * @param metrics the scores by metric
 */
public record EvalSample(
    int docId,
    ObjectNode doc,
    Object target,
    List<List<String>> arguments,
    List<List<Object>> responses,
    List<Object> filtered,
    String filter,
    Map<String, ItemValue> metrics) {

  /** The score of a metric whose items have plain scores, such as acc and exact_match. */
  public double score(String metric) {
    return ((ItemValue.Score) metrics.get(metric)).value();
  }
}
