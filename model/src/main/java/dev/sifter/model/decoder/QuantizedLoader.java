package dev.sifter.model.decoder;

import dev.sifter.engine.backend.PackedMatrix;
import dev.sifter.engine.backend.PackedMatrix.NestedScales;
import dev.sifter.engine.ops.LinearWeight;
import dev.sifter.engine.ops.QuantizedWeight;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.weights.DynamicMap;
import dev.sifter.model.weights.Nf4;
import dev.sifter.model.weights.QuantState;
import dev.sifter.model.weights.Quantization;
import dev.sifter.model.weights.WeightSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Brings 4-bit matrices into a store: those of a file in bitsandbytes' format, and those that are
 * quantised now. Every part is a parameter of its own, named as in that format, so that saving a
 * model writes it again.
 */
final class QuantizedLoader {
  private final ParameterStore store;
  private final WeightSource source;
  private final LinearWeight.Room room;

  /**
   * A loader of one matrix.
   *
   * @param room to be kept around it where it is unpacked
   */
  QuantizedLoader(ParameterStore store, WeightSource source, LinearWeight.Room room) {
    this.store = store;
    this.source = source;
    this.room = room;
  }

  /** The matrix that lies in the source under {@code key}. */
  LinearWeight load(String name, String key, Shape shape) {
    byte[] json = source.tensor(key + QuantState.SUFFIX).segment().toArray(ValueLayout.JAVA_BYTE);
    QuantState state = QuantState.read(json, name);
    if (!shape.equals(Shape.of(state.rows(), state.columns()))) {
      throw new ModelException(
          "%s: weight '%s' is [%d, %d], but config.json implies %s"
              .formatted(source.origin(), name, state.rows(), state.columns(), shape));
    }
    long blocks = Math.ceilDiv(shape.elements(), (long) Nf4.BLOCK_SIZE);
    boolean nested = state.nestedOffset() != null;
    Tensor codes =
        part(name, key, "", DType.U8, Math.ceilDiv(shape.elements(), 2L), shape.elements());
    Tensor absmax = part(name, key, QuantState.ABSMAX, nested ? DType.U8 : DType.F32, blocks, 0);
    Tensor map = part(name, key, QuantState.QUANT_MAP, DType.F32, 16, 0);
    NestedScales scales = null;
    if (nested) {
      long groups = Math.ceilDiv(blocks, (long) Nf4.NESTED_BLOCK_SIZE);
      scales =
          new NestedScales(
              absmax,
              part(name, key, QuantState.NESTED_QUANT_MAP, DType.F32, 256, 0),
              part(name, key, QuantState.NESTED_ABSMAX, DType.F32, groups, 0),
              Nf4.NESTED_BLOCK_SIZE,
              state.nestedOffset());
    }
    add(name + QuantState.SUFFIX, DType.U8, MemorySegment.ofArray(json), json.length, 0);
    return weight(shape, codes, map, nested ? null : absmax, scales, state.dtype());
  }

  private Tensor part(
      String name, String key, String suffix, DType dtype, long elements, long standsFor) {
    if (!source.names().contains(key + suffix)) {
      throw new ModelException(
          "%s lacks '%s', a part of a 4-bit weight".formatted(source.origin(), key + suffix));
    }
    Tensor host = source.tensor(key + suffix);
    if (host.dtype() != dtype || host.elements() != elements) {
      throw new ModelException(
          "%s: '%s' is %s, but %d elements of %s are needed"
              .formatted(source.origin(), key + suffix, host, elements, dtype));
    }
    Tensor adopted = store.adopt(host);
    store.addPacked(name + suffix, adopted, standsFor);
    return adopted;
  }

  /** A matrix of a floating type, quantised. */
  LinearWeight quantize(String name, Tensor host, Quantization how) {
    Shape shape = host.shape();
    Nf4.Blocks blocks = Nf4.quantize(host);
    DType unpackedAs = Nf4.unpackedAs(host.dtype());
    MemorySegment bytes = MemorySegment.ofArray(blocks.codes());
    Tensor codes = store.allocate(DType.U8, Shape.of(blocks.codes().length, 1));
    store.backend().upload(bytes, codes);
    store.addPacked(name, codes, shape.elements());
    Float offset = null;
    Tensor absmax = null;
    NestedScales scales = null;
    if (how.doubleQuant()) {
      Nf4.NestedScales nested = Nf4.nest(blocks.absmax());
      offset = nested.offset();
      int count = nested.codes().length;
      MemorySegment nestedCodes = MemorySegment.ofArray(nested.codes());
      scales =
          new NestedScales(
              add(name + QuantState.ABSMAX, DType.U8, nestedCodes, count, 0),
              floats(name + QuantState.NESTED_QUANT_MAP, DynamicMap.SIGNED.values()),
              floats(name + QuantState.NESTED_ABSMAX, nested.absmax()),
              Nf4.NESTED_BLOCK_SIZE,
              offset);
    } else {
      absmax = floats(name + QuantState.ABSMAX, blocks.absmax());
    }
    Tensor map = floats(name + QuantState.QUANT_MAP, Nf4.codeBook());
    byte[] json = new QuantState(unpackedAs, host.rows(), host.width(), offset).bytes();
    add(name + QuantState.SUFFIX, DType.U8, MemorySegment.ofArray(json), json.length, 0);
    return weight(shape, codes, map, absmax, scales, unpackedAs);
  }

  private LinearWeight weight(
      Shape shape, Tensor codes, Tensor map, Tensor absmax, NestedScales nested, DType unpackedAs) {
    return new QuantizedWeight(
        new PackedMatrix(
            (int) shape.rows(),
            (int) shape.width(),
            codes,
            map,
            absmax,
            nested,
            Nf4.BLOCK_SIZE,
            unpackedAs),
        unpackedAs == store.activationType() ? room : LinearWeight.Room.NONE);
  }

  private Tensor floats(String name, float[] values) {
    return add(name, DType.F32, MemorySegment.ofArray(values), values.length, 0);
  }

  private Tensor add(String name, DType dtype, MemorySegment bytes, long count, long standsFor) {
    Tensor tensor = store.allocate(dtype, Shape.of(count));
    store.backend().upload(bytes, tensor);
    store.addPacked(name, tensor, standsFor);
    return tensor;
  }
}
