package dev.sifter.train.sft;

import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.DataConfig;
import dev.sifter.train.data.EvalOverlap;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.data.PreparedDataset;
import dev.sifter.train.data.SftPreparation;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.HubName;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The data of a run, prepared and checked.
 *
 * @param tokenizer that made its tokens
 * @param template of its conversations; null for none
 * @param train rows to train on
 * @param eval rows to evaluate on; null for none
 * @param overlap which records are in both
 */
public record SftData(
    Tokenizer tokenizer,
    ChatTemplate template,
    PreparedDataset train,
    PreparedDataset eval,
    EvalOverlap overlap) {

  /**
   * Prepares the data of a configuration.
   *
   * @param lifetime how long rows in a file can be read
   * @throws DataException if it cannot be trained on
   */
  static SftData prepare(SftConfig config, PreparationListener listener, Arena lifetime) {
    SftData data = prepare(config, listener, lifetime, SftPreparation::prepare);
    if (config.checkEvalOverlap && data.overlap().records() > 0) {
      throw new DataException(data.overlap().refusal());
    }
    return data;
  }

  /**
   * Prepares what can be prepared of it, and collects why it is not to be trained on.
   *
   * @param lifetime how long rows in a file can be read
   */
  public static SftData inspect(SftConfig config, PreparationListener listener, Arena lifetime) {
    return prepare(config, listener, lifetime, SftPreparation::inspect);
  }

  /** What is to be said of data that is not refused. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>(train.warnings());
    if (overlap.records() > 0) {
      warnings.add(overlap.warning());
    }
    return List.copyOf(warnings);
  }

  private static final String EOS = "eos_token";

  /** One of the ways to prepare. */
  private interface Preparing {
    PreparedDataset prepare(
        DataConfig config,
        Tokenizer tokenizer,
        ChatTemplate template,
        PreparationListener listener,
        Arena lifetime);
  }

  private static SftData prepare(
      SftConfig config, PreparationListener listener, Arena lifetime, Preparing preparing) {
    Tokenizer tokenizer = tokenizer(config);
    ChatTemplate template =
        TemplateChoice.resolve(config.chatTemplatePath, Path.of(config.modelNameOrPath));
    PreparedDataset train =
        preparing.prepare(config.dataConfig(), tokenizer, template, listener, lifetime);
    DataConfig held = config.evalDataConfig();
    if (held == null) {
      return new SftData(tokenizer, template, train, null, EvalOverlap.NONE);
    }
    PreparedDataset eval = preparing.prepare(held, tokenizer, template, listener, lifetime);
    return new SftData(tokenizer, template, train, eval, EvalOverlap.of(train, eval));
  }

  /** The model's tokenizer, with the end token that the configuration asks for. */
  static Tokenizer tokenizer(SftConfig config) {
    Path model = HubName.requireFolder("model_name_or_path", config.modelNameOrPath);
    Tokenizer tokenizer = Tokenizer.load(model);
    String wanted = endToken(config);
    if (wanted == null || wanted.equals(tokenizer.specialTokensMap().get(EOS))) {
      return tokenizer;
    }
    if (tokenizer.id(wanted).isEmpty()) {
      throw new IllegalArgumentException(
          "eos_token is '%s'%s, which is no token of the vocabulary: sifter add-tokens adds it"
              .formatted(wanted, config.eosToken == null ? " in " + config.chatTemplatePath : ""));
    }
    return tokenizer.withSpecialToken(EOS, wanted);
  }

  /**
   * The end token that is named, or else that of the model whose template is taken, as in TRL; null
   * for the model's own.
   */
  private static String endToken(SftConfig config) {
    if (config.eosToken != null) {
      return config.eosToken;
    }
    return TemplateChoice.tokenizerFolder(config.chatTemplatePath)
        .map(folder -> Tokenizer.load(folder).specialTokensMap().get(EOS))
        .orElse(null);
  }
}
