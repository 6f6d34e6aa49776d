package dev.sifter.train.data;

import dev.sifter.model.chat.AssistantMask;
import dev.sifter.model.chat.AssistantSpans;
import dev.sifter.model.chat.ChatHistory;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.Message;
import dev.sifter.model.chat.Rendering;
import dev.sifter.model.chat.Span;
import dev.sifter.model.chat.TemplateException;
import dev.sifter.model.tokenizer.Encoding;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns conversations into tokens: rendered by the template, which writes all special tokens
 * itself, with a mask of what the assistant says where only that is trained.
 */
final class ChatTokenizer {
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final DataConfig config;
  private final List<EndTokens> endTokens;
  private final UnreadFields unread;

  /**
   * A tokenizer of conversations.
   *
   * @param template null where there is none
   */
  ChatTokenizer(Tokenizer tokenizer, ChatTemplate template, DataConfig config) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.config = config;
    this.endTokens = endTokens();
    this.unread = new UnreadFields(template);
  }

  private List<EndTokens> endTokens() {
    Set<Integer> eos = new HashSet<>();
    tokenizer.eosId().ifPresent(eos::add);
    Set<Integer> eot = new HashSet<>();
    for (String token : config.turnEnds().eotTokens()) {
      eot.add(
          tokenizer
              .id(token)
              .orElseThrow(
                  () ->
                      new DataException(
                          "eot_tokens names '%s', which is no token of the vocabulary"
                              .formatted(token))));
    }
    EndTokenPolicy onEos = config.turnEnds().trainOnEos();
    EndTokenPolicy onEot = config.turnEnds().trainOnEot();
    if (eot.stream().anyMatch(eos::contains) && onEot != onEos) {
      throw new DataException(
          "the end token is one of eot_tokens, but train_on_eos and train_on_eot differ: set them"
              + " to the same value");
    }
    return List.of(new EndTokens(eos, onEos), new EndTokens(eot, onEot));
  }

  /** The chat template; null where there is none. */
  ChatTemplate template() {
    return template;
  }

  /** What the template is asked to render for a row. */
  ChatRequest request(TrainingRow.Chat row, List<Message> messages) {
    if (template == null) {
      throw new DataException(
          row.origin(),
          "this record is a conversation, but the model has no chat template: set"
              + " chat_template_path to a .jinja file, a model folder or a built-in template");
    }
    return ChatRequest.of(messages)
        .withTools(row.tools())
        .withSpecialTokens(tokenizer.specialTokensMap())
        .withKwargs(row.templateKwargs());
  }

  /**
   * The rows of a conversation: one, or one for each answer under {@link HistoryPolicy#SPLIT}.
   *
   * @throws DataException if the template refuses the chat, or masks cannot be found
   */
  List<TokenizedRow> tokenize(TrainingRow.Chat row) {
    try {
      ChatRequest request = request(row, row.messages());
      boolean rewritten =
          config.history() != HistoryPolicy.AS_RENDERED && rewritesHistory(row, request);
      return rewritten ? rewritten(row, request) : List.of(whole(row, request));
    } catch (TemplateException e) {
      throw new DataException(
          row.origin(), "the chat template refuses the conversation: " + e.getMessage(), e);
    } catch (DataException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new DataException(row.origin(), e.getMessage(), e);
    }
  }

  /** The names of a conversation's fields that the template leaves out. */
  Set<String> unreadFields(TrainingRow.Chat row) {
    return unread.of(row, request(row, row.messages()));
  }

  /** Of a completion only the answers in it count: those of the prompt are read as they are. */
  private boolean rewritesHistory(TrainingRow.Chat row, ChatRequest request) {
    int from = row.split() && config.isCompletionOnly(row) ? row.prompt().size() : 0;
    long answers =
        row.messages().subList(from, row.messages().size()).stream()
            .filter(Message::isAssistant)
            .count();
    return answers > 1 && !AssistantSpans.isPrefixPreserving(template, request, from);
  }

  private List<TokenizedRow> rewritten(TrainingRow.Chat row, ChatRequest request) {
    if (config.history() == HistoryPolicy.REFUSE) {
      throw new DataException(
          row.origin(),
          "the chat template is not prefix-preserving: it writes an earlier turn in another way"
              + " once later ones follow, so that training would not see what a chat sees. Set"
              + " history_policy to keep (every answer as it was when its turn came), split (one"
              + " example for each answer, as a chat sees it) or strip (the last answer only), or"
              + " use a template made for training (chat_template_path);"
              + " check_prefix_preserving: false trains on what it writes");
    }
    if (config.history() == HistoryPolicy.KEEP) {
      return List.of(kept(row, ChatHistory.kept(template, request)));
    }
    List<TokenizedRow> rows = new ArrayList<>();
    for (int i = 0; i < row.messages().size(); i++) {
      if (i >= row.prompt().size() && row.isTrained(i)) {
        Rendering turn = ChatHistory.turn(template, request, i);
        rows.add(masked(row, turn, turn.generationSpans(), null));
      }
    }
    if (rows.isEmpty()) {
      throw new DataException(row.origin(), "every answer has train: false: drop the record");
    }
    return config.history() == HistoryPolicy.SPLIT ? rows : List.of(rows.getLast());
  }

  /** The prompt of a completion ends where its first answer begins: the template strips it else. */
  private TokenizedRow kept(TrainingRow.Chat row, Rendering kept) {
    if (!row.split()) {
      return marked(row, kept, config.assistantOnlyLoss());
    }
    boolean[] assistant = null;
    if (config.assistantOnlyLoss()) {
      assistant = masked(row, kept, trainedSpans(row, kept), null).assistantMask();
    } else {
      requireNoTrainFields(row);
    }
    int before = (int) row.prompt().stream().filter(Message::isAssistant).count();
    int start = kept.generationSpans().get(before).start();
    Encoding encoding = tokenizer.encode(kept.text(), false);
    boolean[] completion = new boolean[encoding.length()];
    for (int i = 0; i < completion.length; i++) {
      completion[i] = encoding.starts()[i] >= start;
    }
    return new TokenizedRow(row, kept.text(), encoding, null, completion, assistant, true);
  }

  private TokenizedRow whole(TrainingRow.Chat row, ChatRequest request) {
    boolean assistantOnly = config.assistantOnlyLoss();
    Rendering rendering =
        assistantOnly ? AssistantSpans.of(template, request) : template.render(request);
    return marked(row, rendering, assistantOnly);
  }

  private TokenizedRow marked(TrainingRow.Chat row, Rendering rendering, boolean assistantOnly) {
    int[] prompt = null;
    if (row.split()) {
      ChatRequest promptRequest = request(row, row.prompt()).withGenerationPrompt(true);
      prompt = tokenizer.encode(template.render(promptRequest).text(), false).ids();
    }
    if (!assistantOnly) {
      requireNoTrainFields(row);
      return row(row, rendering, tokenizer.encode(rendering.text(), false), null, prompt);
    }
    return masked(row, rendering, trainedSpans(row, rendering), prompt);
  }

  private TokenizedRow masked(
      TrainingRow.Chat row, Rendering rendering, List<Span> spans, int[] prompt) {
    Encoding encoding = tokenizer.encode(rendering.text(), false);
    boolean[] mask = AssistantMask.of(spans, encoding.starts(), encoding.ends());
    endTokens.forEach(tokens -> tokens.apply(encoding, spans, mask));
    if (!any(mask)) {
      throw new DataException(
          row.origin(),
          "no token of this conversation is the assistant's, so assistant_only_loss trains"
              + " nothing: drop the record, or use a chat template whose {% generation %} blocks"
              + " mark what the assistant says");
    }
    return row(row, rendering, encoding, mask, prompt);
  }

  private static TokenizedRow row(
      TrainingRow.Chat row, Rendering rendering, Encoding encoding, boolean[] mask, int[] prompt) {
    boolean[] completion =
        prompt == null ? null : TokenizedRow.after(prompt.length, encoding.length());
    boolean aligned = prompt == null || TokenizedRow.isPrefix(prompt, encoding.ids());
    return new TokenizedRow(row, rendering.text(), encoding, null, completion, mask, aligned);
  }

  /** The spans of the answers that are not left out by {@code train: false}. */
  private static List<Span> trainedSpans(TrainingRow.Chat row, Rendering rendering) {
    if (row.untrained().isEmpty()) {
      return rendering.generationSpans();
    }
    List<Message> messages = row.messages();
    int answers = (int) messages.stream().filter(Message::isAssistant).count();
    if (answers != rendering.generationSpans().size()) {
      throw new DataException(
          row.origin(),
          "a message has train: false, but the template marks %d spans for %d answers, so that it"
                  .formatted(rendering.generationSpans().size(), answers)
              + " cannot be told which to leave out: use a template with one {% generation %}"
              + " block for each answer");
    }
    List<Span> spans = new ArrayList<>();
    int answer = 0;
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i).isAssistant()) {
        Span span = rendering.generationSpans().get(answer++);
        if (row.isTrained(i)) {
          spans.add(span);
        }
      }
    }
    return spans;
  }

  private static void requireNoTrainFields(TrainingRow.Chat row) {
    if (!row.untrained().isEmpty()) {
      throw new DataException(
          row.origin(),
          "a message has train: false, which says which answers to train: set"
              + " assistant_only_loss: true, or drop the field");
    }
  }

  private static boolean any(boolean[] mask) {
    for (boolean bit : mask) {
      if (bit) {
        return true;
      }
    }
    return false;
  }
}
