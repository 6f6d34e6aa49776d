package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parameters of an attention kernel: the tiles, tensors and statistics in the order in which
 * they are named, the strides of the tensors in the same order, the options.
 */
final class AttentionArguments {
  private AttentionArguments() {}

  /** Collects the arguments of a launch. */
  static final class Builder {
    private final List<Object> arguments = new ArrayList<>();
    private final List<Object> strides = new ArrayList<>();

    Builder(DeviceSlice tiles) {
      arguments.add(tiles);
    }

    Builder tensors(AttentionTensor... tensors) {
      for (AttentionTensor tensor : tensors) {
        arguments.add(tensor.slice());
        strides.add(tensor.stride());
      }
      return this;
    }

    /** Fp32 numbers, one for each query and head; null for none. */
    Builder statistics(Array... statistics) {
      for (Array array : statistics) {
        if (array != null) {
          arguments.add(array.slice());
        }
      }
      return this;
    }

    List<Object> build(AttentionShape shape, AttentionOptions options) {
      List<Object> all = new ArrayList<>(arguments);
      all.addAll(strides);
      all.addAll(options.arguments(shape));
      return all;
    }
  }

  /** Declares the parameters in a kernel, by the same names and in the same order. */
  static final class InKernel {
    private final PtxAssembler k;
    private final AttentionShape shape;
    private final int vector;
    private final Map<String, ElementPointer> tensors = new HashMap<>();
    private final List<String> names = new ArrayList<>();
    private final Map<String, HeadRows> rows = new HashMap<>();
    private final Map<String, GlobalPointer> statistics = new HashMap<>();
    private AttentionScores scores;

    final AttentionTiles.InKernel tile;

    InKernel(PtxAssembler k, AttentionShape shape, int vector) {
      this.k = k;
      this.shape = shape;
      this.vector = vector;
      GlobalPointer tiles = k.pointer("tiles", Integer.BYTES);
      this.tile = AttentionTiles.InKernel.load(k, tiles, k.blockX());
      tile.exitIfEmpty(k);
    }

    /** Tensors that are read. */
    InKernel inputs(ElementType type, String... tensorNames) {
      for (String name : tensorNames) {
        names.add(name);
        tensors.put(name, k.input(name, type, vector));
      }
      return this;
    }

    /** Tensors that are written. */
    InKernel outputs(ElementType type, String... tensorNames) {
      for (String name : tensorNames) {
        names.add(name);
        tensors.put(name, k.output(name, type, vector));
      }
      return this;
    }

    InKernel statistics(String... statisticNames) {
      for (String name : statisticNames) {
        statistics.put(name, k.pointer(name, Float.BYTES));
      }
      return this;
    }

    /** Declares what follows the tensors. */
    InKernel done() {
      for (String name : names) {
        B32 stride = k.size(name + "Stride");
        rows.put(name, new HeadRows(k, tensors.get(name), stride, shape.headDim(), vector));
      }
      scores = AttentionScores.declare(k, shape);
      return this;
    }

    /** A head of the tile's document, from its first query on. */
    HeadRows ofQueries(String name, B32 head) {
      return rows.get(name).from(tile.queryStart(), head);
    }

    /** A head of the tile's document, from its first key on. */
    HeadRows ofKeys(String name, B32 kvHead) {
      return rows.get(name).from(tile.keyStart(), kvHead);
    }

    /** Where the number of one of the document's queries is. */
    GlobalPointer statistic(String name, B32 query, B32 head) {
      B32 index = k.mad(k.add(tile.queryStart(), query), shape.heads(), head);
      return k.at(statistics.get(name), index, Float.BYTES);
    }

    int headDim() {
      return shape.headDim();
    }

    AttentionScores scores() {
      return scores;
    }
  }
}
