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
      requireTakenLast(pipeline.path("filter"));
      pipeline.path("filter").forEach(step -> steps.add(ResponseFilter.read(step)));
      pipelines.add(new FilterPipeline(pipeline.path("name").asText("none"), steps));
    }
    return pipelines;
  }

  /** In the harness, steps after take_first see the letters of one response for responses. */
  private static void requireTakenLast(JsonNode steps) {
    for (int i = 0; i < steps.size() - 1; i++) {
      if (steps.path(i).path("function").asText().equals("take_first")) {
        throw new IllegalArgumentException(
            "filter_list: take_first must be the last step, but step %d of %d is it"
                .formatted(i + 1, steps.size()));
      }
    }
  }

  /**
   * What is scored of the responses to a record.
   *
   * @throws IllegalArgumentException if several are left
   */
  String apply(List<String> responses, ObjectNode doc) {
    List<String> left = responses;
    for (ResponseFilter step : steps) {
      left = step.apply(left, doc);
    }
    if (left.size() > 1) {
      throw new IllegalArgumentException(
          "the filter %s leaves %d responses of a record; add take_first as its last step"
              .formatted(name, left.size()));
    }
    return left.getFirst();
  }
}
