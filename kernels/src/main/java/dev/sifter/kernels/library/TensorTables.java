package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The frame of kernels over any number of tensors: one launch for all that are served by one
 * specialisation. A block has a chunk of {@value #CHUNK} elements of a tensor; which one, a table
 * in device memory tells, so that the launch's arguments do not depend on how many tensors there
 * are.
 *
 * <pre>
 * row = rows[rowOfBlock[blockIdx.x]]               // first block, last block, its count, addresses
 * from = (blockIdx.x - row.firstBlock) * 4096
 * count = blockIdx.x == row.lastBlock ? row.lastCount : 4096
 * for (i = threadIdx.x; i &lt; count / V; i += 256)    body(elements from + i*V … + V-1)
 * if (threadIdx.x &lt; count % V)                      body(element from + count/V*V + threadIdx.x)
 * </pre>
 *
 * <p>Chunks depend on the tensors' sizes only, as does their order: that of the tensors.
 */
final class TensorTables<K extends Kernel> {
  /** Threads of a block. */
  static final int THREADS = 256;

  /** Elements of a block; few enough that an adapter's matrices give work to the whole device. */
  static final int CHUNK = 4096;

  /** First block, last block, elements of the last one, and nothing; the addresses follow. */
  private static final int NUMBERS = 4;

  private static final int NUMBERS_BYTES = NUMBERS * Integer.BYTES;

  /** A row's numbers are one access. */
  private static final int ALIGNMENT = NUMBERS_BYTES;

  private final Map<K, List<Row>> rows = new LinkedHashMap<>();

  private record Row(long elements, List<DeviceSlice> arrays) {
    int blocks() {
      return chunks(elements);
    }
  }

  /** Blocks that work on a tensor of so many elements. */
  static int chunks(long elements) {
    return Math.toIntExact(Math.ceilDiv(elements, CHUNK));
  }

  /** Adds a tensor, or several of one size, for one specialisation; without elements, nothing. */
  void add(K kernel, long elements, List<DeviceSlice> arrays) {
    if (elements > 0) {
      rows.computeIfAbsent(kernel, k -> new ArrayList<>()).add(new Row(elements, arrays));
    }
  }

  /**
   * A launch for each specialisation.
   *
   * @param more further arguments of the launch whose first block is the n-th of all
   */
  List<Launch> launches(TablePlace place, IntFunction<List<Object>> more) {
    if (rows.isEmpty()) {
      return List.of();
    }
    int bytes = rows.values().stream().mapToInt(TensorTables::tableBytes).sum();
    ByteBuffer table = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    rows.values().forEach(some -> write(some, table));
    DeviceSlice there = place.put(table.array()).require("table", bytes, ALIGNMENT);

    List<Launch> launches = new ArrayList<>();
    int offset = 0;
    int block = 0;
    for (Map.Entry<K, List<Row>> entry : rows.entrySet()) {
      List<Row> some = entry.getValue();
      List<Object> arguments = new ArrayList<>();
      arguments.add(there.slice(offset, rowsBytes(some)));
      arguments.add(there.slice(offset + rowsBytes(some), (long) blocks(some) * Integer.BYTES));
      arguments.addAll(more.apply(block));
      launches.add(new Launch(entry.getKey(), Grid.of(blocks(some)), arguments));
      offset += tableBytes(some);
      block += blocks(some);
    }
    return launches;
  }

  private static int blocks(List<Row> rows) {
    return rows.stream().mapToInt(Row::blocks).reduce(0, Math::addExact);
  }

  private static int rowBytes(int arrays) {
    return NUMBERS_BYTES + aligned(arrays * Long.BYTES);
  }

  private static int aligned(int bytes) {
    return Math.multiplyExact(Math.ceilDiv(bytes, ALIGNMENT), ALIGNMENT);
  }

  private static int rowsBytes(List<Row> rows) {
    return rows.size() * rowBytes(rows.getFirst().arrays.size());
  }

  private static int tableBytes(List<Row> rows) {
    int ofBlocks = aligned(Math.multiplyExact(blocks(rows), Integer.BYTES));
    return Math.addExact(rowsBytes(rows), ofBlocks);
  }

  private static void write(List<Row> rows, ByteBuffer table) {
    int start = table.position();
    int first = 0;
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      table.position(start + i * rowBytes(row.arrays.size()));
      int last = first + row.blocks() - 1;
      int ofLast = (int) (row.elements - (long) CHUNK * (row.blocks() - 1));
      table.putInt(first).putInt(last).putInt(ofLast).putInt(0);
      row.arrays.forEach(array -> table.putLong(array.address()));
      first = last + 1;
    }
    table.position(start + rowsBytes(rows));
    for (int i = 0; i < rows.size(); i++) {
      for (int block = 0; block < rows.get(i).blocks(); block++) {
        table.putInt(i);
      }
    }
    table.position(start + tableBytes(rows));
  }

  /** What a block works on, in registers; the same for all of its threads. */
  static final class Chunk {
    private final PtxAssembler k;
    private final int vector;
    private final GlobalPointer row;
    private final B32 number;
    private final B32 count;

    private Chunk(PtxAssembler k, int vector, GlobalPointer row) {
      this.k = k;
      this.vector = vector;
      this.row = row;
      List<B32> numbers = k.loadWordsReadOnly(row, NUMBERS);
      number = k.sub(k.blockX(), numbers.get(0));
      count = k.select(k.eq(k.blockX(), numbers.get(1)), numbers.get(2), k.constant(CHUNK));
    }

    /**
     * Declares the table, and finds this block's row.
     *
     * @param arrays addresses of a row
     */
    static Chunk declare(PtxAssembler k, int arrays, int vector) {
      GlobalPointer rows = k.pointer("rows", ALIGNMENT);
      GlobalPointer rowOfBlock = k.pointer("rowOfBlock", Integer.BYTES);
      B32 index = k.loadReadOnly(k.at(rowOfBlock, k.blockX(), Integer.BYTES));
      return new Chunk(k, vector, k.at(rows, index, rowBytes(arrays)));
    }

    /** The chunk of an array that is only read. */
    ElementPointer input(int array, ElementType type) {
      return k.at(k.loadInput(address(array), type, vector), number, CHUNK);
    }

    /** The chunk of an array that is written. */
    ElementPointer output(int array, ElementType type) {
      return k.at(k.loadOutput(address(array), type, vector), number, CHUNK);
    }

    /** An address that all chunks share. */
    GlobalPointer shared(int array, int alignment) {
      return k.loadPointer(address(array), alignment);
    }

    private GlobalPointer address(int array) {
      return row.plus(NUMBERS_BYTES + (long) array * Long.BYTES);
    }

    /** Emits {@code body} for each vector of this thread, and for each element of the rest. */
    void forEach(Consumer<Elementwise.Place> body) {
      B32 vectors = k.shr(count, Integer.numberOfTrailingZeros(vector));
      k.forRange(
          k.threadIndex(),
          vectors,
          THREADS,
          i -> body.accept(new Elementwise.Place(k, i, null, vector)));
      if (vector > 1) {
        B32 rest = k.and(count, vector - 1);
        k.ifThen(
            k.lt(k.threadIndex(), rest),
            () -> body.accept(new Elementwise.Place(k, vectors, k.threadIndex(), vector)));
      }
    }
  }
}
