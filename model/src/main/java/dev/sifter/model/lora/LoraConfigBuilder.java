package dev.sifter.model.lora;

import java.util.List;
import java.util.Map;

/** Sets options of a {@link LoraConfig} one by one. */
public final class LoraConfigBuilder {
  private int r = 8;
  private double loraAlpha = 8;
  private double loraDropout;
  private boolean useRslora;
  private boolean useDora;
  private boolean loraBias;
  private TargetModules targetModules;
  private TargetModules excludeModules;
  private List<Integer> layersToTransform;
  private List<String> layersPattern = List.of();
  private Map<String, Integer> rankPattern = Map.of();
  private Map<String, Double> alphaPattern = Map.of();
  private List<String> modulesToSave = List.of();
  private boolean ensureWeightTying;
  private Map<String, List<Integer>> trainableTokenIndices = Map.of();
  private LoraConfig.Bias bias = LoraConfig.Bias.NONE;
  private LoraInit initLoraWeights = LoraInit.DEFAULT;

  LoraConfigBuilder() {}

  LoraConfigBuilder(LoraConfig from) {
    this.r = from.r();
    this.loraAlpha = from.loraAlpha();
    this.loraDropout = from.loraDropout();
    this.useRslora = from.useRslora();
    this.useDora = from.useDora();
    this.loraBias = from.loraBias();
    this.targetModules = from.targetModules();
    this.excludeModules = from.excludeModules();
    this.layersToTransform = from.layersToTransform();
    this.layersPattern = from.layersPattern();
    this.rankPattern = from.rankPattern();
    this.alphaPattern = from.alphaPattern();
    this.modulesToSave = from.modulesToSave();
    this.ensureWeightTying = from.ensureWeightTying();
    this.trainableTokenIndices = from.trainableTokenIndices();
    this.bias = from.bias();
    this.initLoraWeights = from.initLoraWeights();
  }

  /** Rank. */
  public LoraConfigBuilder r(int value) {
    this.r = value;
    return this;
  }

  /** Numerator of the scale. */
  public LoraConfigBuilder loraAlpha(double value) {
    this.loraAlpha = value;
    return this;
  }

  /** Dropout on the adapter's input. */
  public LoraConfigBuilder loraDropout(double value) {
    this.loraDropout = value;
    return this;
  }

  /** Scale α/√r. */
  public LoraConfigBuilder useRslora(boolean value) {
    this.useRslora = value;
    return this;
  }

  /** Trained lengths of the rows. */
  public LoraConfigBuilder useDora(boolean value) {
    this.useDora = value;
    return this;
  }

  /** Whether B has a bias. */
  public LoraConfigBuilder loraBias(boolean value) {
    this.loraBias = value;
    return this;
  }

  /** Which modules; null for the family's default. */
  public LoraConfigBuilder targetModules(TargetModules value) {
    this.targetModules = value;
    return this;
  }

  /** Modules left out; null for none. */
  public LoraConfigBuilder excludeModules(TargetModules value) {
    this.excludeModules = value;
    return this;
  }

  /** Block numbers; null for all. */
  public LoraConfigBuilder layersToTransform(List<Integer> value) {
    this.layersToTransform = value;
    return this;
  }

  /** What stands before the block's number. */
  public LoraConfigBuilder layersPattern(List<String> value) {
    this.layersPattern = value;
    return this;
  }

  /** Ranks by pattern. */
  public LoraConfigBuilder rankPattern(Map<String, Integer> value) {
    this.rankPattern = value;
    return this;
  }

  /** Alphas by pattern. */
  public LoraConfigBuilder alphaPattern(Map<String, Double> value) {
    this.alphaPattern = value;
    return this;
  }

  /** Modules trained in full. */
  public LoraConfigBuilder modulesToSave(List<String> value) {
    this.modulesToSave = value;
    return this;
  }

  /** Whether tied embeddings among these stay tied. */
  public LoraConfigBuilder ensureWeightTying(boolean value) {
    this.ensureWeightTying = value;
    return this;
  }

  /** Trained rows by module. */
  public LoraConfigBuilder trainableTokenIndices(Map<String, List<Integer>> value) {
    this.trainableTokenIndices = value;
    return this;
  }

  /** Which biases are trained. */
  public LoraConfigBuilder bias(LoraConfig.Bias value) {
    this.bias = value;
    return this;
  }

  /** How A and B begin. */
  public LoraConfigBuilder initLoraWeights(LoraInit value) {
    this.initLoraWeights = value;
    return this;
  }

  /**
   * The configuration.
   *
   * @throws dev.sifter.model.ModelException if an option is out of range
   */
  public LoraConfig build() {
    return new LoraConfig(
        r,
        loraAlpha,
        loraDropout,
        useRslora,
        useDora,
        loraBias,
        targetModules,
        excludeModules,
        layersToTransform,
        layersPattern,
        rankPattern,
        alphaPattern,
        modulesToSave,
        ensureWeightTying,
        trainableTokenIndices,
        bias,
        initLoraWeights);
  }
}
