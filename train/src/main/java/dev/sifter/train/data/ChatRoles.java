package dev.sifter.train.data;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the speakers of a conversation are called. Names of the ShareGPT family are translated into
 * those that chat templates know:
 *
 * <table>
 * <caption>translations</caption>
 * <tr><td>human</td><td>user</td></tr>
 * <tr><td>gpt, chatgpt, bing, bard, model, bot, ai</td><td>assistant</td></tr>
 * <tr><td>observation, function_response</td><td>tool</td></tr>
 * </table>
 *
 * <p>TRL keeps ShareGPT's names, so that a template which knows none of them writes {@code human}
 * and {@code gpt}; the further map {@code {human: human, gpt: gpt}} does the same here.
 */
final class ChatRoles {
  private static final Set<String> KNOWN =
      Set.of("system", "developer", "user", "assistant", "tool", "function", "ipython");
  private static final Map<String, String> TRANSLATIONS =
      Map.of(
          "human", "user",
          "gpt", "assistant",
          "chatgpt", "assistant",
          "bing", "assistant",
          "bard", "assistant",
          "model", "assistant",
          "bot", "assistant",
          "ai", "assistant",
          "observation", "tool",
          "function_response", "tool");

  private final Map<String, String> roles = new TreeMap<>();

  /**
   * The known roles and translations, and more of them.
   *
   * @param further roles of the data and what the template is to see; they win
   */
  ChatRoles(Map<String, String> further) {
    KNOWN.forEach(role -> roles.put(role, role));
    roles.putAll(TRANSLATIONS);
    roles.putAll(further);
  }

  /** The role that the template sees; null if the name is unknown. */
  String translate(String name) {
    return roles.get(name);
  }

  /** All names that are understood. */
  Set<String> names() {
    return new TreeSet<>(roles.keySet());
  }
}
