package dev.cria.core.machine.x86;

import static dev.cria.core.machine.x86.Gpr.R10;
import static dev.cria.core.machine.x86.Gpr.R12;
import static dev.cria.core.machine.x86.Gpr.R13;
import static dev.cria.core.machine.x86.Gpr.R8;
import static dev.cria.core.machine.x86.Gpr.R9;
import static dev.cria.core.machine.x86.Gpr.RAX;
import static dev.cria.core.machine.x86.Gpr.RBP;
import static dev.cria.core.machine.x86.Gpr.RBX;
import static dev.cria.core.machine.x86.Gpr.RCX;
import static dev.cria.core.machine.x86.Gpr.RDI;
import static dev.cria.core.machine.x86.Gpr.RDX;
import static dev.cria.core.machine.x86.Gpr.RSI;
import static dev.cria.core.machine.x86.Gpr.RSP;
import static dev.cria.core.machine.x86.Ymm.YMM0;
import static dev.cria.core.machine.x86.Ymm.YMM1;
import static dev.cria.core.machine.x86.Ymm.YMM12;
import static dev.cria.core.machine.x86.Ymm.YMM15;
import static dev.cria.core.machine.x86.Ymm.YMM2;
import static dev.cria.core.machine.x86.Ymm.YMM7;
import static dev.cria.core.machine.x86.Ymm.YMM8;
import static dev.cria.core.machine.x86.Ymm.YMM9;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The bytes are those that {@code objdump} (GNU binutils) reads as the instruction that was meant. */
class AssemblerTest {
    private static final Path OBJDUMP = Path.of("/usr/bin/objdump");
    /** Address, bytes and text of an instruction. */
    private static final Pattern LINE = Pattern.compile("^ *[0-9a-f]+:\\t([0-9a-f ]+?) *\\t(.*?) *$");

    /**
     * @param text how objdump writes it
     * @param hex its bytes
     * @param code writes it
     */
    private record Instruction(String text, String hex, Consumer<Assembler> code) {}

    private static Mem indexed(Gpr base, Gpr index, int scale, int displacement) {
        return new Mem(base, Optional.of(index), scale, displacement);
    }

    /** Each instruction; registers with and without the bit that prefixes hold; each form of an operand in memory. */
    private static final List<Instruction> INSTRUCTIONS = List.of(
            new Instruction("vmovdqu ymm8,YMMWORD PTR [rdi+0x0]", "c4617e6f4700", a -> a.vmovdqu(YMM8, Mem.at(RDI, 0))),
            new Instruction("vmovdqu ymm1,YMMWORD PTR [r9+0x1000]", "c4c17e6f8900100000",
                    a -> a.vmovdqu(YMM1, Mem.at(R9, 4096))),
            new Instruction("vmovdqu ymm1,YMMWORD PTR [r12-0x80]", "c4c17e6f4c2480",
                    a -> a.vmovdqu(YMM1, Mem.at(R12, -128))),
            new Instruction("vmovdqu ymm1,YMMWORD PTR [rsp+r10*4+0x8]", "c4a17e6f4c9408",
                    a -> a.vmovdqu(YMM1, indexed(RSP, R10, 4, 8))),
            new Instruction("vmovdqu ymm1,YMMWORD PTR [r13+rcx*1+0x7f]", "c4c17e6f4c0d7f",
                    a -> a.vmovdqu(YMM1, indexed(R13, RCX, 1, 127))),
            new Instruction("vmovdqu YMMWORD PTR [rdx+r12*8+0x80],ymm15", "c4217e7fbce280000000",
                    a -> a.vmovdqu(indexed(RDX, R12, 8, 128), YMM15)),
            new Instruction("vmovdqa ymm9,ymm12", "c4417d6fcc", a -> a.vmovdqa(YMM9, YMM12)),
            new Instruction("vpbroadcastd ymm12,DWORD PTR [r8+rcx*2+0x40]", "c4427d58644840",
                    a -> a.vpbroadcastd(YMM12, indexed(R8, RCX, 2, 64))),
            new Instruction("vpbroadcastd ymm2,xmm9", "c4c27d58d1", a -> a.vpbroadcastd(YMM2, YMM9)),
            new Instruction("vmovd xmm9,eax", "c461796ec8", a -> a.vmovd(YMM9, RAX)),
            new Instruction("vmovd xmm1,r8d", "c4c1796ec8", a -> a.vmovd(YMM1, R8)),
            new Instruction("vpmovsxbd ymm7,QWORD PTR [rsi+0x10]", "c4e27d217e10",
                    a -> a.vpmovsxbd(YMM7, Mem.at(RSI, 16))),
            new Instruction("vextracti128 xmm1,ymm12,0x1", "c4637d39e101", a -> a.vextracti128(YMM1, YMM12, 1)),
            new Instruction("vpermq ymm8,ymm9,0xd8", "c443fd00c1d8", a -> a.vpermq(YMM8, YMM9, 0xd8)),
            new Instruction("vzeroupper", "c5f877", Assembler::vzeroupper),
            new Instruction("vpand ymm0,ymm9,ymm2", "c4e135dbc2", a -> a.vpand(YMM0, YMM9, YMM2)),
            new Instruction("vpor ymm15,ymm1,ymm8", "c44175ebf8", a -> a.vpor(YMM15, YMM1, YMM8)),
            new Instruction("vpxor ymm1,ymm2,ymm7", "c4e16defcf", a -> a.vpxor(YMM1, YMM2, YMM7)),
            new Instruction("vpxor ymm13,ymm12,YMMWORD PTR [rdi+0x20]", "c4611def6f20",
                    a -> a.vpxor(Ymm.YMM13, YMM12, Mem.at(RDI, 32))),
            new Instruction("vpshufb ymm8,ymm1,ymm9", "c4427500c1", a -> a.vpshufb(YMM8, YMM1, YMM9)),
            new Instruction("vfmadd231ps ymm1,ymm12,ymm9", "c4c21db8c9", a -> a.vfmadd231ps(YMM1, YMM12, YMM9)),
            new Instruction("vpaddw ymm1,ymm12,ymm7", "c4e11dfdcf", a -> a.vpaddw(YMM1, YMM12, YMM7)),
            new Instruction("vpmaddubsw ymm8,ymm15,ymm1", "c4620504c1", a -> a.vpmaddubsw(YMM8, YMM15, YMM1)),
            new Instruction("vpshufb ymm8,ymm1,YMMWORD PTR [rbp+0x0]", "c46275004500",
                    a -> a.vpshufb(YMM8, YMM1, Mem.at(RBP, 0))),
            new Instruction("vpsllw ymm8,ymm1,0x3", "c4e13d71f103", a -> a.vpsllw(YMM8, YMM1, 3)),
            new Instruction("vpsrlw ymm1,ymm9,0xc", "c4c17571d10c", a -> a.vpsrlw(YMM1, YMM9, 12)),
            new Instruction("vpslld ymm1,ymm2,0x10", "c4e17572f210", a -> a.vpslld(YMM1, YMM2, 16)),
            new Instruction("vpsrad ymm12,ymm12,0x10", "c4c11d72e410", a -> a.vpsrad(YMM12, YMM12, 16)),
            new Instruction("vcvtdq2ps ymm8,ymm2", "c4617c5bc2", a -> a.vcvtdq2ps(YMM8, YMM2)),
            new Instruction("vcvtph2ps ymm1,xmm9", "c4c27d13c9", a -> a.vcvtph2ps(YMM1, YMM9)),
            new Instruction("vaddps ymm1,ymm9,YMMWORD PTR [rdx+0x20]", "c4e134584a20",
                    a -> a.vaddps(YMM1, YMM9, Mem.at(RDX, 32))),
            new Instruction("vmulps ymm12,ymm1,ymm15", "c4417459e7", a -> a.vmulps(YMM12, YMM1, YMM15)),
            new Instruction("vmulps ymm1,ymm2,YMMWORD PTR [rax+0x0]", "c4e16c594800",
                    a -> a.vmulps(YMM1, YMM2, Mem.at(RAX, 0))),
            new Instruction("vfmadd213ps ymm8,ymm9,ymm1", "c46235a8c1", a -> a.vfmadd213ps(YMM8, YMM9, YMM1)),
            new Instruction("vfmadd213ps ymm8,ymm9,YMMWORD PTR [r8+0x20]", "c44235a84020",
                    a -> a.vfmadd213ps(YMM8, YMM9, Mem.at(R8, 32))),
            new Instruction("vfmsub213ps ymm1,ymm2,ymm15", "c4c26daacf", a -> a.vfmsub213ps(YMM1, YMM2, YMM15)),
            new Instruction("vfmadd231ps ymm1,ymm12,YMMWORD PTR [rdi+0x60]", "c4e21db84f60",
                    a -> a.vfmadd231ps(YMM1, YMM12, Mem.at(RDI, 96))),
            new Instruction("endbr64", "f30f1efa", Assembler::endbr64),
            new Instruction("mov r9,rdx", "4989d1", a -> a.mov(R9, RDX)),
            new Instruction("mov rax,QWORD PTR [rsp+0x10]", "488b442410", a -> a.mov(RAX, Mem.at(RSP, 16))),
            new Instruction("mov r10,0xffffffffffffffff", "49c7c2ffffffff", a -> a.mov(R10, -1)),
            new Instruction("rex mov DWORD PTR [rdi+0x4],ebx", "40895f04", a -> a.movInt(Mem.at(RDI, 4), RBX)),
            new Instruction("mov DWORD PTR [r8+0x4],r9d", "45894804", a -> a.movInt(Mem.at(R8, 4), R9)),
            new Instruction("rex mov eax,esi", "4089f0", a -> a.movInt(RAX, RSI)),
            new Instruction("lea r11,[r8+r9*2+0x0]", "4f8d5c4800", a -> a.lea(Gpr.R11, indexed(R8, R9, 2, 0))),
            new Instruction("add rdi,0x900", "4881c700090000", a -> a.add(RDI, 0x900)),
            new Instruction("sub r8,0x1", "4981e801000000", a -> a.sub(R8, 1)),
            new Instruction("cmp rcx,r10", "4c39d1", a -> a.cmp(RCX, R10)),
            new Instruction("cmovl r10,rcx", "4c0f4cd1", a -> a.cmovl(R10, RCX)),
            new Instruction("rex push rbx", "4053", a -> a.push(RBX)),
            new Instruction("push r12", "4154", a -> a.push(R12)),
            new Instruction("pop r12", "415c", a -> a.pop(R12)),
            new Instruction("cpuid", "0fa2", Assembler::cpuid),
            new Instruction("xgetbv", "0f01d0", Assembler::xgetbv),
            new Instruction("ret", "c3", Assembler::ret));

    private static byte[] code(Consumer<Assembler> writer) {
        Assembler assembler = new Assembler();
        writer.accept(assembler);
        return assembler.bytes();
    }

    private static String hex(Consumer<Assembler> writer) {
        return HexFormat.of().formatHex(code(writer));
    }

    @Test
    void instructionsHaveTheirBytes() {
        assertThat(INSTRUCTIONS).allSatisfy(
                instruction -> assertThat(hex(instruction.code)).as(instruction.text).isEqualTo(instruction.hex));
    }

    static boolean hasObjdump() {
        return Files.isExecutable(OBJDUMP);
    }

    @Test
    @EnabledIf(value = "hasObjdump", disabledReason = "there is no /usr/bin/objdump")
    void theirBytesAreWhatADisassemblerReads(@TempDir Path folder) throws IOException, InterruptedException {
        Path code = Files.write(folder.resolve("code"), code(a -> INSTRUCTIONS.forEach(i -> i.code.accept(a))));
        Process objdump = new ProcessBuilder(OBJDUMP.toString(), "-D", "-b", "binary", "-m", "i386:x86-64", "-M",
                "intel", "--insn-width=16", code.toString()).redirectErrorStream(true).start();
        List<String> read = new String(objdump.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
                .map(LINE::matcher).filter(Matcher::matches)
                .map(line -> line.group(1).replace(" ", "") + " " + line.group(2).replaceAll(" +", " ")).toList();
        assertThat(objdump.waitFor()).isZero();
        assertThat(read).containsExactlyElementsOf(
                INSTRUCTIONS.stream().map(instruction -> instruction.hex + " " + instruction.text).toList());
    }

    @Test
    void jumpsAndAddressesOfCodeAreRelativeToTheNextInstruction() {
        assertThat(hex(a -> {
            a.align(4);
            int start = a.position();
            a.ret();
            a.align(4);
            a.jumpBack(start);
            a.leaCode(Gpr.R11, start);
        })).isEqualTo("c3909090" + "0f8ff6ffffff" + "4c8d1defffffff");
    }

    @Test
    void codeGrows() {
        assertThat(code(a -> {
            for (int i = 0; i < 20_000; i++) {
                a.ret();
            }
        })).hasSize(20_000).containsOnly(0xc3);
    }

    @Test
    void thereAreNoOtherOperands() {
        assertThatThrownBy(() -> indexed(RAX, RSP, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> indexed(RAX, RCX, 3, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> indexed(RAX, RCX, 16, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
