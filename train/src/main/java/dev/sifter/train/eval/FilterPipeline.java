package dev.sifter.train.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Filters in a row.
 *
 * @param name the second half of a result's key, as in {@code exact_match,strict-match}
 */
record FilterPipeline(String name, List<ResponseFilter> steps) {
  /** The pipeline of tasks that name none. */
  static final FilterPipeline NONE =
      new FilterPipeline("none", List.of((responses, doc) -> responses.subList(0, 1)));

  static List<FilterPipeline> readAll(JsonNode filterList) {
    if (!filterList.isArray() || filterList.isEmpty()) {
      return List.of(NONE);
    }
    List<FilterPipeline> pipelines = new ArrayList<>();
    for (JsonNode pipeline : filterList) {
      List<ResponseFilter> steps = new ArrayList<>();
      pipeline.path("filter").forEach(step -> steps.add(ResponseFilter.read(step)));
      pipelines.add(new FilterPipeline(pipeline.path("name").asText("none"), steps));
    }
    return pipelines;
  }

  List<String> apply(List<String> responses, ObjectNode doc) {
    for (ResponseFilter step : steps) {
      responses = step.apply(responses, doc);
    }
    return responses;
  }
}
