package dev.sifter.train.eval.ifeval;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which instructions of a prompt a response follows.
 *
 * @param strict by the response as it is
 * @param loose by the response without its first line, its last, asterisks, or any of these: an
 *     upper bound, for models that frame what they say
 */
public record InstructionScores(List<Boolean> strict, List<Boolean> loose) {

  /**
   * Checks a response.
   *
   * @param doc a record of the data set: {@code instruction_id_list} and {@code kwargs}
   * @throws IllegalArgumentException if an instruction is unknown or lacks an argument
   */
  public static InstructionScores of(JsonNode doc, String response) {
    List<Boolean> strict = new ArrayList<>();
    List<Boolean> loose = new ArrayList<>();
    Set<String> variants = variants(response);
    JsonNode names = doc.path("instruction_id_list");
    for (int i = 0; i < names.size(); i++) {
      Instruction instruction = Instructions.of(names.path(i).asText(), doc.path("kwargs").path(i));
      strict.add(isFollowed(instruction, response));
      loose.add(variants.stream().anyMatch(variant -> isFollowed(instruction, variant)));
    }
    return new InstructionScores(strict, loose);
  }

  /** Nothing follows no instruction. */
  private static boolean isFollowed(Instruction instruction, String response) {
    return !response.isBlank() && instruction.isFollowedBy(response);
  }

  private static Set<String> variants(String response) {
    List<String> lines = List.of(response.split("\n", -1));
    int count = lines.size();
    Set<String> variants = new LinkedHashSet<>();
    for (List<String> kept :
        List.of(
            lines.subList(Math.min(1, count), count),
            lines.subList(0, count - 1),
            lines.subList(Math.min(1, count - 1), count - 1))) {
      variants.add(String.join("\n", kept).strip());
    }
    variants.add(response);
    for (String variant : List.copyOf(variants)) {
      variants.add(variant.replace("*", ""));
    }
    return variants;
  }
}
