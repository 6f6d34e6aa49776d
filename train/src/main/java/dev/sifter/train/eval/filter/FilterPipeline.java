package dev.sifter.train.eval.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Filters in a row.
 *
 * @param name the second half of a result's key, as in {@code exact_match,strict-match}
 * @param takesFirst whether a response is left, not a list of one
 */
public record FilterPipeline(String name, List<ResponseFilter> steps, boolean takesFirst) {
  private static final String TAKE_FIRST = "take_first";

  /** The pipeline of tasks that name none. */
  static final FilterPipeline NONE =
      new FilterPipeline("none", List.of((responses, doc) -> responses.subList(0, 1)), true);

  /**
   * The pipelines of a task's {@code filter_list}, in order.
   *
   * @throws IllegalArgumentException if a step is unknown or its options are wrong
   */
  public static List<FilterPipeline> readAll(JsonNode filterList) {
    if (!filterList.isArray() || filterList.isEmpty()) {
      return List.of(NONE);
    }
    List<FilterPipeline> pipelines = new ArrayList<>();
    for (JsonNode pipeline : filterList) {
      List<ResponseFilter> steps = new ArrayList<>();
      JsonNode filters = pipeline.path("filter");
      requireTakenLast(filters);
      filters.forEach(step -> steps.add(ResponseFilter.read(step)));
      boolean takesFirst = isTakeFirst(filters.path(filters.size() - 1));
      pipelines.add(new FilterPipeline(pipeline.path("name").asText("none"), steps, takesFirst));
    }
    return pipelines;
  }

  private static boolean isTakeFirst(JsonNode step) {
    return step.path("function").asText().equals(TAKE_FIRST);
  }

  /** In the harness, steps after take_first see the letters of one response for responses. */
  private static void requireTakenLast(JsonNode steps) {
    for (int i = 0; i < steps.size() - 1; i++) {
      if (isTakeFirst(steps.path(i))) {
        throw new IllegalArgumentException(
            "filter_list: take_first must be the last step, but step %d of %d is it"
                .formatted(i + 1, steps.size()));
      }
    }
  }

  /**
   * What is scored of the responses to a record: a text, or what a {@link ResponseMap} gives.
   *
   * @throws IllegalArgumentException if several are left
   */
  public Object apply(List<Object> responses, ObjectNode doc) {
    List<Object> left = responses;
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
