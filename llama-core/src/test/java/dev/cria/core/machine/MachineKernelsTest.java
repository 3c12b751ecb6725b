package dev.cria.core.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.cria.core.BytePanels;
import dev.cria.core.Kernels;
import dev.cria.core.LevelCoding;
import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.Q8Blocks;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import dev.cria.core.memory.ExecutableMemory;
import dev.cria.core.memory.GuardedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Machine code gives the bits of the plain kernels, and touches no memory but what it is given. */
class MachineKernelsTest {
    /** Calls between guard pages; ten million were made by hand. */
    private static final int CALLS = Integer.getInteger("cria.guarded.calls", 100_000);

    /** The layouts of Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K. */
    static List<QuantizedLayout> layouts() {
        return List.of(new QuantizedLayout(LevelCoding.FOUR, 32, 32, false),
                new QuantizedLayout(LevelCoding.FOUR, 32, 32, true),
                new QuantizedLayout(LevelCoding.FIVE, 32, 32, false),
                new QuantizedLayout(LevelCoding.FIVE, 32, 32, true),
                new QuantizedLayout(LevelCoding.FOUR, 256, 32, true),
                new QuantizedLayout(LevelCoding.FIVE, 256, 32, true),
                new QuantizedLayout(LevelCoding.SIX, 256, 16, false));
    }

    @BeforeAll
    static void onlyWhereItRuns() {
        assumeThat(Kernels.best()).as("machine code runs here").isInstanceOf(MachineKernels.class);
    }

    private static QuantizedCode code(QuantizedLayout layout) {
        return QuantizedCode.write(layout, ExecutableMemory.ofThisSystem());
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void machineCodeGivesTheBitsOfThePlainKernels(QuantizedLayout layout) {
        QuantizedKernel kernel = new MachineQuantizedKernel(code(layout), Kernels.plain(layout));
        for (int seed = 0; seed < 20; seed++) {
            assertThat(new SelfTest(layout, seed).passes(kernel)).as("seed %d", seed).isTrue();
        }
    }

    @Test
    void machineCodeGivesTheBitsOfPlainProductsOfBytes() {
        MachineBytePanels panels = MachineBytePanels.write(ExecutableMemory.ofThisSystem());
        for (int blocks = 1; blocks < 40; blocks++) {
            assertThat(new ByteSelfTest(blocks).passes(panels, blocks)).as("%d blocks", blocks).isTrue();
        }
        // in more than one call
        assertThat(new ByteSelfTest(1).passes(panels, 1100)).isTrue();
    }

    @Test
    void productsOfBytesTouchNothingBesidesTheArguments() throws Throwable {
        Random random = new Random(9);
        Guards guards = new Guards(random);
        MachineBytePanels panels = MachineBytePanels.write(ExecutableMemory.ofThisSystem());
        for (int shape = 0; shape < 20; shape++) {
            int blocks = 1 + random.nextInt(60);
            ByteSelfTest numbers = new ByteSelfTest(shape);
            MemorySegment data = numbers.weights(blocks);
            float[] x = numbers.floats(blocks * BytePanels.COLUMNS);
            float[] start = numbers.floats(Matrix.PANEL_ROWS);
            float[] expected = start.clone();
            ByteSelfTest.multiply(data, blocks, x, expected);
            for (int call = 0; call < CALLS / 20; call++) {
                MemorySegment weights = guards.copy(0, data);
                MemorySegment inputs = guards.copy(1, x, x.length);
                MemorySegment out = guards.copy(2, start, start.length);
                panels.gemv().invokeExact(weights, inputs, out, (long) blocks);
                assertThat(out.mismatch(MemorySegment.ofArray(expected))).isEqualTo(-1);
            }
        }
    }

    /** The largest sums that there are, positive and negative: no saturation, and no carry between lanes. */
    @ParameterizedTest
    @MethodSource("layouts")
    void theLargestNumbersAreExact(QuantizedLayout layout) {
        for (byte bits : new byte[]{0, -1}) {
            for (float sign : new float[]{-1, 1}) {
                SelfTest numbers = new SelfTest(layout, 1);
                int columns = layout.blockColumns();
                MemorySegment weights = numbers.weights(columns);
                for (int strip = 0; strip < layout.blockStrips(); strip++) {
                    long from = (long) QuantizedLayout.TOGETHER
                            * (layout.factorsBytes() + strip * layout.stripBytes() + layout.levelStart());
                    weights.asSlice(from, (long) QuantizedLayout.TOGETHER * layout.stripWords()
                            * QuantizedLayout.WORD_BYTES).fill(bits);
                }
                float[] x = new float[columns];
                Arrays.fill(x, sign);
                float[] plain = new float[GemvCode.ROWS];
                float[] machine = new float[GemvCode.ROWS];
                multiply(Kernels.plain(layout), numbers, weights, x, plain);
                multiply(new MachineQuantizedKernel(code(layout), Kernels.plain(layout)), numbers, weights, x, machine);
                assertThat(machine).isEqualTo(plain);
            }
        }
    }

    private static void multiply(QuantizedKernel kernel, SelfTest numbers, MemorySegment weights, float[] x,
            float[] out) {
        LevelTile tile = numbers.tile(weights, 0, x.length);
        tile.with(numbers.inputs(kernel, x, 1, x.length), 0, out, 0);
        kernel.multiply(tile);
    }

    /** A shape, its numbers, and what the plain kernels make of them. */
    private static final class Shape {
        final QuantizedLayout layout;
        final QuantizedCode code;
        final int strips;
        final int rows;
        final int panel;
        final MemorySegment weights;
        final MemorySegment panelWeights;
        final MemorySegment blocks;
        final long stride;
        final float[] start;
        final float[] gemv;
        final float[] gemm;

        Shape(QuantizedCode code, Random random) {
            this.code = code;
            layout = code.layout();
            int columns = layout.blockColumns() * (1 + random.nextInt(layout.halfScales() ? 16 : 2));
            strips = columns / QuantizedLayout.STRIP;
            rows = 1 + random.nextInt(GemmCode.MOST_ROWS);
            panel = random.nextInt(QuantizedLayout.TOGETHER);
            SelfTest numbers = new SelfTest(layout, random.nextLong());
            weights = numbers.weights(columns);
            panelWeights = weights.asSlice((long) panel * QuantizedLayout.LINE,
                    weights.byteSize() - QuantizedLayout.LINE);
            start = numbers.floats(rows * GemvCode.ROWS);
            float[] x = numbers.floats(rows * columns);
            QuantizedKernel plain = Kernels.plain(layout);
            gemv = Arrays.copyOf(start, GemvCode.ROWS);
            multiply(plain, numbers, weights, Arrays.copyOf(x, columns), gemv);
            gemm = start.clone();
            LevelTile tile = numbers.tile(weights, 0, columns);
            tile.set(layout, panelWeights, 0, 0, columns);
            plain.unpack(tile);
            // plain inputs of a single row have another form
            QuantizedRows forPlain = new QuantizedRows();
            forPlain.resizeForUnpacked(rows, columns, Set.of(layout.coding()));
            QuantizedRows forMachine = new QuantizedRows();
            forMachine.resizeForBlocks(rows, columns, Set.of(layout.coding()));
            for (int row = 0; row < rows; row++) {
                Kernels.plain().quantize(x, row * columns, forPlain, row);
                Kernels.plain().quantize(x, row * columns, forMachine, row);
            }
            plain.multiplyUnpacked(tile, forPlain, rows, gemm, 0, GemvCode.ROWS);
            Q8Blocks q8 = forMachine.blocks(layout.coding());
            stride = (long) Integer.BYTES * q8.stride();
            blocks = MemorySegment.ofArray(Arrays.copyOf(q8.ints(), rows * q8.stride()));
        }
    }

    /** Guarded room for each argument, for the largest shape. */
    private static final class Guards {
        private static final int MOST_BYTES = 1 << 17;

        final Random random;
        final List<GuardedMemory> memory = IntStream.range(0, 6).mapToObj(i -> new GuardedMemory(MOST_BYTES)).toList();

        Guards(Random random) {
            this.random = random;
        }

        MemorySegment room(int index, long bytes) {
            return memory.get(index).part(bytes, random);
        }

        MemorySegment copy(int index, MemorySegment data) {
            return room(index, data.byteSize()).copyFrom(data);
        }

        MemorySegment copy(int index, float[] data, int count) {
            return copy(index, MemorySegment.ofArray(data).asSlice(0, (long) Float.BYTES * count));
        }
    }

    @Test
    void nothingIsTouchedBesidesTheArguments() throws Throwable {
        Random random = new Random(8);
        Guards guards = new Guards(random);
        List<Shape> shapes = new ArrayList<>();
        for (QuantizedLayout layout : layouts()) {
            QuantizedCode code = code(layout);
            for (int i = 0; i < 12; i++) {
                shapes.add(new Shape(code, random));
            }
        }
        for (int call = 0; call < CALLS; call += 4) {
            Shape shape = shapes.get(random.nextInt(shapes.size()));
            gemv(shape, guards);
            gemm(shape, guards);
        }
    }

    private static void gemv(Shape shape, Guards guards) throws Throwable {
        MemorySegment weights = guards.copy(0, shape.weights);
        MemorySegment blocks = guards.copy(1, shape.blocks.asSlice(0, shape.stride));
        MemorySegment out = guards.copy(2, shape.start, GemvCode.ROWS);
        MemorySegment scratch = guards.room(3, GemvCode.SCRATCH_BYTES);
        shape.code.gemv().invokeExact(weights, blocks, out, (long) shape.strips, scratch);
        check(out, shape.gemv, shape);
    }

    private static void gemm(Shape shape, Guards guards) throws Throwable {
        long groups = (long) shape.strips * QuantizedLayout.STRIP / shape.layout.groupColumns();
        long scaleBytes = groups * Matrix.PANEL_ROWS * Float.BYTES;
        MemorySegment weights = guards.copy(0, shape.panelWeights);
        MemorySegment levels = guards.room(1, (long) shape.strips * UnpackCode.STRIP_BYTES);
        MemorySegment scales = guards.room(2, scaleBytes);
        MemorySegment summands = guards.room(3, shape.layout.summed() ? scaleBytes : 0);
        shape.code.unpack().invokeExact(weights, levels, scales, summands, (long) shape.strips);
        MemorySegment blocks = guards.copy(0, shape.blocks);
        MemorySegment out = guards.copy(4, shape.start,
                (shape.rows - 1) * GemvCode.ROWS + Matrix.PANEL_ROWS);
        MemorySegment scratch = guards.room(5, GemmCode.SCRATCH_BYTES);
        long outStride = (long) GemvCode.ROWS * Float.BYTES;
        shape.code.gemm().get(shape.rows - 1).invokeExact(levels, scales, blocks, shape.stride, out, outStride,
                (long) shape.strips, scratch);
        if (shape.layout.summed()) {
            shape.code.summands().get(shape.rows - 1).invokeExact(levels, summands, blocks, shape.stride, out,
                    outStride, (long) shape.strips, scratch);
        }
        check(out, shape.gemm, shape);
    }

    private static void check(MemorySegment out, float[] expected, Shape shape) {
        if (out.mismatch(MemorySegment.ofArray(expected).asSlice(0, out.byteSize())) != -1) {
            assertThat(out.toArray(ValueLayout.JAVA_FLOAT)).as("%s, %d strips, %d rows", shape.layout, shape.strips,
                    shape.rows).startsWith(Arrays.copyOf(expected, (int) out.byteSize() / Float.BYTES));
        }
    }

    @Test
    void argumentsThatAreTooShortAreRefusedBeforeTheCall() {
        QuantizedLayout layout = layouts().getFirst();
        QuantizedKernel kernel = new MachineQuantizedKernel(code(layout), Kernels.plain(layout));
        SelfTest numbers = new SelfTest(layout, 1);
        MemorySegment weights = numbers.weights(64);
        float[] x = numbers.floats(64);
        QuantizedRows inputs = numbers.inputs(kernel, x, 1, 64);
        float[] out = new float[GemvCode.ROWS];
        for (Runnable call : List.<Runnable>of(
                () -> multiply(kernel, numbers.tile(weights.asSlice(0, weights.byteSize() - 1), 0, 64), inputs, out, 0),
                () -> multiply(kernel, numbers.tile(weights, 32, 64), inputs, out, 0),
                () -> multiply(kernel, numbers.tile(weights, 0, 96), inputs, out, 0),
                () -> multiply(kernel, numbers.tile(weights, 0, 64), inputs, out, 1),
                () -> multiply(kernel, numbers.tile(weights, 0, 64), inputs, out, -1))) {
            assertThatThrownBy(call::run).isInstanceOf(IndexOutOfBoundsException.class);
        }
        for (int columns : new int[]{0, -32, 31, 33}) {
            assertThatThrownBy(() -> multiply(kernel, numbers.tile(weights, 0, columns), inputs, out, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(columns + " columns are not 1 to 256 blocks of 32");
        }
        LevelTile tile = numbers.tile(weights, 0, 64);
        kernel.unpack(tile);
        assertThatThrownBy(() -> kernel.multiplyUnpacked(tile, inputs, 2, new float[128], 0, 64))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernel.multiplyUnpacked(tile, inputs, 1, new float[31], 0, 32))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void weightsThatHaveBeenGivenBackAreRefused() {
        QuantizedLayout layout = layouts().getFirst();
        QuantizedKernel kernel = new MachineQuantizedKernel(code(layout), Kernels.plain(layout));
        SelfTest numbers = new SelfTest(layout, 1);
        MemorySegment weights;
        try (Arena arena = Arena.ofShared()) {
            MemorySegment data = numbers.weights(32);
            weights = arena.allocate(data.byteSize()).copyFrom(data);
        }
        QuantizedRows inputs = numbers.inputs(kernel, numbers.floats(32), 1, 32);
        assertThatThrownBy(() -> multiply(kernel, numbers.tile(weights, 0, 32), inputs, new float[GemvCode.ROWS], 0))
                .isInstanceOf(IllegalStateException.class).hasMessage("Already closed");
    }

    private static void multiply(QuantizedKernel kernel, LevelTile tile, QuantizedRows inputs, float[] out,
            int outOffset) {
        tile.with(inputs, 0, out, outOffset);
        kernel.multiply(tile);
    }

    static Stream<ExecutableMemory> brokenMemory() {
        ExecutableMemory memory = ExecutableMemory.ofThisSystem();
        return Stream.of(code -> {
            throw new UnsupportedOperationException("the operating system does not let memory become executable");
        }, code -> memory.load(replaced(code, 0xfd, 0xfe)), code -> memory.load(replaced(code, 0x59, 0x58)));
    }

    /** With another operation in the place of one of VEX's first table: the opcode is behind three bytes of prefix. */
    private static byte[] replaced(byte[] code, int opcode, int by) {
        byte[] broken = code.clone();
        for (int i = 0; i + 3 < code.length; i++) {
            if (code[i] == (byte) 0xc4 && (code[i + 1] & 31) == 1 && code[i + 3] == (byte) opcode) {
                broken[i + 3] = (byte) by;
            }
        }
        return broken;
    }

    /** No memory; additions of ints in the place of words; additions of floats in the place of products. */
    @ParameterizedTest
    @MethodSource("brokenMemory")
    void codeThatDoesNotPassItsTestIsNotUsed(ExecutableMemory memory) {
        MachineKernels kernels = new MachineKernels(Kernels.plain(), memory);
        for (QuantizedLayout layout : List.of(layouts().getFirst(), layouts().getLast())) {
            QuantizedKernel inJava = Kernels.plain(layout);
            assertThat(kernels.quantized(layout, inJava)).isSameAs(inJava);
        }
    }

    @Test
    void productsOfBytesThatDoNotPassTheirTestAreNotUsed() {
        ExecutableMemory memory = ExecutableMemory.ofThisSystem();
        assertThat(new MachineKernels(Kernels.plain(), memory).bytePanels()).isPresent();
        assertThat(new MachineKernels(Kernels.plain(), code -> memory.load(replaced(code, 0x59, 0x58))).bytePanels())
                .isEmpty();
    }

    @Test
    void otherProcessorsAreRefused() {
        assertThatThrownBy(() -> MachineKernels.beside(Kernels.plain(), "aarch64"))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("there is none for processors of the kind aarch64");
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 12, 1 << 27, 1 << 28, 1 << 29})
    void aProcessorNeedsEachFeature(int feature) {
        Processor own = Processor.ask(ExecutableMemory.ofThisSystem());
        assertThat(own.missing()).isEmpty();
        assertThat(new Processor(7, own.leaf1Ecx() & ~feature, own.leaf7Ebx(), own.saved()).missing()).hasSize(1);
    }

    @Test
    void aProcessorOrSystemWithoutVectorsIsTold() {
        assertThat(new Processor(1, 0, 0, 0).missing()).containsExactly("AVX2", "FMA", "F16C",
                "an operating system that saves vectors");
        Processor own = Processor.ask(ExecutableMemory.ofThisSystem());
        assertThat(new Processor(7, own.leaf1Ecx(), 0, own.saved()).missing()).containsExactly("AVX2");
        assertThat(new Processor(7, own.leaf1Ecx(), own.leaf7Ebx(), 0b010).missing())
                .containsExactly("an operating system that saves vectors");
    }
}
