package dev.sifter.model.gguf;

import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfig.FusedLayout;
import dev.sifter.model.config.RopeConfig;
import dev.sifter.model.config.WeightNames.Module;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A model's modules as llama.cpp has them: what it calls them, and how their rows lie. */
final class GgufModules {
  private static final Set<Module> OUTSIDE =
      EnumSet.of(Module.EMBEDDING, Module.POSITION_EMBEDDING, Module.FINAL_NORM, Module.HEAD);

  private final ModelConfig config;
  private final GgufArchitecture architecture;

  GgufModules(ModelConfig config, GgufArchitecture architecture) {
    this.config = config;
    this.architecture = architecture;
  }

  /**
   * One module.
   *
   * @param name its tensors' in the file, without what they are of it
   * @param path its weights' in checkpoints: of a tied head the embeddings'
   * @param half which half of the stored rows it is, where there are two tensors of one; −1 for all
   */
  record Named(Module module, String name, String path, int half) {
    Named(Module module, String name, String path) {
      this(module, name, path, -1);
    }

    /** What it is of a tensor with the stored rows. */
    Tensor of(Tensor stored) {
      long rows = stored.shape().dim(0) / 2;
      return half < 0 ? stored : stored.rows(half * rows, (half + 1) * rows);
    }
  }

  /** All modules, in the order of the file. */
  List<Named> all() {
    List<Named> modules = new ArrayList<>();
    modules.add(outside(Module.EMBEDDING));
    if (config.embeddings().hasPositions()) {
      modules.add(outside(Module.POSITION_EMBEDDING));
    }
    for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
      for (Module module : Module.values()) {
        if (!OUTSIDE.contains(module) && config.has(layer, module)) {
          addOfBlock(modules, layer, module);
        }
      }
    }
    modules.add(outside(Module.FINAL_NORM));
    if (architecture.hasOutput()) {
      Module stored = config.tieWordEmbeddings() ? Module.EMBEDDING : Module.HEAD;
      modules.add(new Named(Module.HEAD, "output", config.names().path(stored)));
    }
    return modules;
  }

  /** Gate and first projection in one are two where llama.cpp has no place for the one. */
  private void addOfBlock(List<Named> modules, int layer, Module module) {
    String block = "blk." + layer + ".";
    String path = config.names().path(layer, module);
    if (module == Module.GATE_UP && !architecture.hasTensor(module)) {
      modules.add(new Named(Module.GATE, block + architecture.tensor(Module.GATE), path, 0));
      modules.add(new Named(Module.UP, block + architecture.tensor(Module.UP), path, 1));
    } else {
      modules.add(new Named(module, block + architecture.tensor(module), path));
    }
  }

  private Named outside(Module module) {
    return new Named(module, architecture.tensor(module), config.names().path(module));
  }

  /** Whether a module's matrix is [in, out] in checkpoints. */
  boolean isTurned(Module module) {
    return config.fanInFanOut() && !OUTSIDE.contains(module);
  }

  /** A tensor whose rows are a module's outputs, with the rows in llama.cpp's order. */
  Tensor ordered(Tensor tensor, Module module) {
    ModelConfig.Attention attention = config.attention();
    return switch (module) {
      case QUERY -> turnsOthers() ? GgufRows.neighbours(tensor, attention.heads()) : tensor;
      case KEY -> turnsOthers() ? GgufRows.neighbours(tensor, attention.kvHeads()) : tensor;
      case QUERY_KEY_VALUE ->
          attention.fused() == FusedLayout.BY_HEAD
              ? GgufRows.byKind(tensor, attention.heads())
              : tensor;
      default -> tensor;
    };
  }

  /** Whether positions turn neighbours there, and elements of two halves here. */
  private boolean turnsOthers() {
    RopeConfig rope = GgufFeatures.rope(config);
    return architecture.turnsNeighbours() && rope != null && !rope.interleaved();
  }
}
