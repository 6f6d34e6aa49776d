package dev.sifter.kernels.library;

import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Grid;
import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.ElementType;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.GlobalPointer;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The frame of kernels over any number of tensors: one launch for all that are served by one
 * specialisation. A block has a chunk of {@value #CHUNK} elements of a tensor; which one, a table
 * in device memory tells, so that the launch's arguments do not depend on how many tensors there
 * are.
 *
 * <pre>
 * row = rows[rowOfBlock[blockIdx.x]]               // first and last block, its count, what more there is
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

  /** First block, last block, elements of the last one, and nothing: one access. */
  private static final int HEADER = 4;

  private static final int ALIGNMENT = HEADER * Integer.BYTES;

  private final Map<K, List<Row>> rows = new LinkedHashMap<>();

  /** What a row of the table says: first its header, then addresses, then further numbers. */
  private record Row(long elements, List<DeviceSlice> arrays, int[] numbers) {
    int blocks() {
      return chunks(elements);
    }

    int bytes() {
      return rowBytes(arrays.size(), numbers.length);
    }

    void write(int firstBlock, ByteBuffer table) {
      int last = firstBlock + blocks() - 1;
      int ofLast = (int) (elements - (long) CHUNK * (blocks() - 1));
      table.putInt(firstBlock).putInt(last).putInt(ofLast).putInt(0);
      arrays.forEach(array -> table.putLong(array.address()));
      IntStream.of(numbers).forEach(table::putInt);
    }
  }

  /** Blocks that work on a tensor of so many elements. */
  static int chunks(long elements) {
    return Math.toIntExact(Math.ceilDiv(elements, CHUNK));
  }

  /**
   * Adds a tensor, or several of one size, for one specialisation; without elements, nothing.
   *
   * @param numbers what else the kernel is told of them
   */
  void add(K kernel, long elements, List<DeviceSlice> arrays, int... numbers) {
    if (elements > 0) {
      rows.computeIfAbsent(kernel, k -> new ArrayList<>()).add(new Row(elements, arrays, numbers));
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

  private static int rowBytes(int arrays, int numbers) {
    return aligned(ALIGNMENT + arrays * Long.BYTES + numbers * Integer.BYTES);
  }

  private static int aligned(int bytes) {
    return Math.multiplyExact(Math.ceilDiv(bytes, ALIGNMENT), ALIGNMENT);
  }

  private static int rowsBytes(List<Row> rows) {
    return rows.size() * rows.getFirst().bytes();
  }

  private static int tableBytes(List<Row> rows) {
    int ofBlocks = aligned(Math.multiplyExact(blocks(rows), Integer.BYTES));
    return Math.addExact(rowsBytes(rows), ofBlocks);
  }

  private static void write(List<Row> rows, ByteBuffer table) {
    int start = table.position();
    int first = 0;
    for (int i = 0; i < rows.size(); i++) {
      table.position(start + i * rows.get(i).bytes());
      rows.get(i).write(first, table);
      first += rows.get(i).blocks();
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
    private final GlobalPointer addresses;
    private final GlobalPointer numbers;
    private final B32 number;
    private final B32 count;

    private Chunk(PtxAssembler k, int vector, GlobalPointer row, int arrays) {
      this.k = k;
      this.vector = vector;
      addresses = row.plus(ALIGNMENT);
      numbers = addresses.plus((long) arrays * Long.BYTES);
      List<B32> header = k.loadWordsReadOnly(row, HEADER);
      number = k.sub(k.blockX(), header.get(0));
      count = k.select(k.eq(k.blockX(), header.get(1)), header.get(2), k.constant(CHUNK));
    }

    /**
     * Declares the table, and finds this block's row.
     *
     * @param arrays addresses of a row
     * @param numbers further numbers of a row
     */
    static Chunk declare(PtxAssembler k, int arrays, int numbers, int vector) {
      GlobalPointer rows = k.pointer("rows", ALIGNMENT);
      GlobalPointer rowOfBlock = k.pointer("rowOfBlock", Integer.BYTES);
      B32 index = k.loadReadOnly(k.at(rowOfBlock, k.blockX(), Integer.BYTES));
      return new Chunk(k, vector, k.at(rows, index, rowBytes(arrays, numbers)), arrays);
    }

    /** The chunk of an array that is only read. */
    ElementPointer input(int array, ElementType type) {
      return k.at(wholeInput(array, type), number, CHUNK);
    }

    /** The chunk of an array that is written. */
    ElementPointer output(int array, ElementType type) {
      return k.at(wholeOutput(array, type), number, CHUNK);
    }

    /** An array that is only read, from its beginning. */
    ElementPointer wholeInput(int array, ElementType type) {
      return k.loadInput(address(array), type, vector);
    }

    /** An array that is written, from its beginning. */
    ElementPointer wholeOutput(int array, ElementType type) {
      return k.loadOutput(address(array), type, vector);
    }

    /** An address that all chunks share. */
    GlobalPointer shared(int array, int alignment) {
      return k.loadPointer(address(array), alignment);
    }

    private GlobalPointer address(int array) {
      return addresses.plus((long) array * Long.BYTES);
    }

    /** One of the further numbers. */
    B32 size(int index) {
      return k.loadReadOnly(numbers.plus((long) index * Integer.BYTES));
    }

    /** One of the further numbers, a real one. */
    F32 real(int index) {
      return k.loadFloatReadOnly(numbers.plus((long) index * Float.BYTES));
    }

    /** Emits {@code body} for each vector of this thread, and for each element of the rest. */
    void forEach(Consumer<Elementwise.Place> body) {
      B32 vectors = forEachVector(i -> body.accept(new Elementwise.Place(k, i, null, vector)));
      if (vector > 1) {
        B32 rest = k.and(count, vector - 1);
        k.ifThen(
            k.lt(k.threadIndex(), rest),
            () -> body.accept(new Elementwise.Place(k, vectors, k.threadIndex(), vector)));
      }
    }

    /**
     * Emits {@code body} for each vector of this thread of an array, zeros where the chunk has
     * ended, and for an element of the rest; all are asked for before the first is waited for.
     */
    void forEachLoaded(ElementPointer array, Consumer<List<F32>> body) {
      B32 vectors = k.shr(count, Integer.numberOfTrailingZeros(vector));
      List<List<F32>> loaded = new ArrayList<>();
      for (int first = 0; first < CHUNK / vector; first += THREADS) {
        B32 i = k.add(k.threadIndex(), first);
        loaded.add(k.loadIf(k.lt(i, vectors), k.at(array, i, vector), vector));
      }
      if (vector > 1) {
        Pred isRest = k.lt(k.threadIndex(), k.and(count, vector - 1));
        ElementPointer rest = k.at(k.at(array, vectors, vector), k.threadIndex(), 1);
        loaded.add(k.loadIf(isRest, rest, 1));
      }
      loaded.forEach(body);
    }

    /** Emits {@code body} for the number in its tensor of each vector of this thread. */
    void forEachInTensor(Consumer<B32> body) {
      B32 before = k.mul(number, CHUNK / vector);
      forEachVector(i -> body.accept(k.add(before, i)));
    }

    private B32 forEachVector(Consumer<B32> body) {
      B32 vectors = k.shr(count, Integer.numberOfTrailingZeros(vector));
      k.forRange(k.threadIndex(), vectors, THREADS, body);
      return vectors;
    }
  }
}
