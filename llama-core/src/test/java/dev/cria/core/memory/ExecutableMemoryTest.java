package dev.cria.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "there is executable memory on Linux, and the code is for x86-64")
class ExecutableMemoryTest {
    /** mov eax, 42; ret */
    private static final byte[] CODE = {(byte) 0xb8, 42, 0, 0, 0, (byte) 0xc3};

    @Test
    @SuppressWarnings("restricted")
    void codeRunsAndCanNoLongerBeWritten() throws Throwable {
        MemorySegment code = ExecutableMemory.ofThisSystem().load(CODE);
        int answer = (int) Linker.nativeLinker().downcallHandle(code, FunctionDescriptor.of(ValueLayout.JAVA_INT))
                .invokeExact();
        assertThat(answer).isEqualTo(42);
        assertThat(code.isReadOnly()).isTrue();
        assertThat(permissions(code.address())).isEqualTo("r-xp");
    }

    private static String permissions(long address) throws IOException {
        List<String> regions = Files.readAllLines(Path.of("/proc/self/maps"));
        return regions.stream().map(line -> line.split(" ")).filter(words -> {
            String[] range = words[0].split("-");
            return Long.parseUnsignedLong(range[0], 16) <= address && address < Long.parseUnsignedLong(range[1], 16);
        }).map(words -> words[1]).findFirst().orElseThrow();
    }
}
