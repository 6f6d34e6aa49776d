package dev.sifter.train.data;

import dev.sifter.model.chat.Message;
import dev.sifter.train.data.record.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A record whose format has been recognised. */
public sealed interface TrainingRow {

  /** Where the record stands. */
  Origin origin();

  /** The kind of record, for people. */
  default String format() {
    return switch (this) {
      case Chat chat -> chat.split() ? "prompt and completion, conversational" : "messages";
      case Text _ -> "text";
      case Completion _ -> "prompt and completion";
      case Tokens _ -> "input_ids";
    };
  }

  /**
   * A conversation.
   *
   * @param prompt messages that come before a completion; empty if the record has no completion
   * @param completion the messages after the prompt, or all of them
   * @param split whether the record says which messages are the completion
   * @param tools JSON schemas of tools; null for none
   * @param templateKwargs further variables of the chat template
   * @param untrained places, in prompt and completion together, of answers that are not trained
   */
  record Chat(
      Origin origin,
      List<Message> prompt,
      List<Message> completion,
      boolean split,
      List<Object> tools,
      Map<String, Object> templateKwargs,
      Set<Integer> untrained)
      implements TrainingRow {

    /** Prompt and completion. */
    public List<Message> messages() {
      List<Message> all = new ArrayList<>(prompt);
      all.addAll(completion);
      return all;
    }

    /** Whether the message at a place is an answer that is to be trained. */
    boolean isTrained(int index) {
      return messages().get(index).isAssistant() && !untrained.contains(index);
    }
  }

  /** A text to model as a whole. */
  record Text(Origin origin, String text) implements TrainingRow {}

  /** A text and what is to follow it. */
  record Completion(Origin origin, String prompt, String completion) implements TrainingRow {}

  /**
   * Token ids.
   *
   * @param labels as in {@link Example}; null for none
   * @param completionMask 1 where a completion is; null for none
   * @param assistantMask 1 where the assistant speaks; null for none
   */
  record Tokens(
      Origin origin,
      int[] inputIds,
      int[] labels,
      boolean[] completionMask,
      boolean[] assistantMask)
      implements TrainingRow {}
}
