package dev.cria.core.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a JVM says about how it compiles.
 *
 * @param processor the architecture, as in {@code os.arch}
 * @param mode the system property {@code java.vm.info}, such as {@code mixed mode, sharing}
 * @param version the system property {@code java.vm.version}
 * @param options those of HotSpot's options that matter, with their values; none where it is another JVM
 * @param arguments the options that it was started with
 */
record JvmFacts(String processor, String mode, String version, Map<String, String> options, List<String> arguments) {
    private static final List<String> OPTIONS = List.of("CompilationMode", "EnableVectorSupport", "MaxVectorSize",
            "TieredStopAtLevel", "UseAVX", "UseCompiler", "UseFMA", "UseJVMCICompiler");

    /** What this JVM says. */
    static JvmFacts read() {
        Map<String, String> options = Map.of();
        List<String> arguments = List.of();
        try {
            options = Management.options();
            arguments = ManagementFactory.getRuntimeMXBean().getInputArguments();
        } catch (LinkageError e) {
            // a runtime without the modules java.management or jdk.management
        }
        return new JvmFacts(System.getProperty("os.arch", ""), System.getProperty("java.vm.info", ""),
                System.getProperty("java.vm.version", ""), options, arguments);
    }

    /** Loaded only by {@link #read}. */
    private static final class Management {
        static Map<String, String> options() {
            HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            Map<String, String> values = new HashMap<>();
            for (String name : hotSpot == null ? List.<String>of() : OPTIONS) {
                try {
                    values.put(name, hotSpot.getVMOption(name).getValue());
                } catch (IllegalArgumentException e) {
                    // this JVM does not have it
                }
            }
            return Map.copyOf(values);
        }
    }

    Optional<String> option(String name) {
        return Optional.ofNullable(options.get(name));
    }

    /** {@return the first of the arguments that begins so} */
    Optional<String> argument(String start) {
        return arguments.stream().filter(argument -> argument.startsWith(start)).findFirst();
    }
}
