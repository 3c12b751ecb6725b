package dev.cria.core.host;

import java.lang.management.ManagementFactory;

/** How much memory there is: the machine's, or the container's if that is less. */
public final class MachineMemory {
    private MachineMemory() {}

    /** {@return the memory in bytes, used or not} */
    public static long bytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }
}
