package dev.cria.model.session;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of Cria that is running, for people who look at a file. */
final class CriaVersion {
    /** Maven puts it into the jar. */
    private static final String PROPERTIES = "/META-INF/maven/dev.cria/llama-model/pom.properties";

    private CriaVersion() {}

    /** {@return the version; {@code development} outside a jar} */
    static String current() {
        try (InputStream stream = CriaVersion.class.getResourceAsStream(PROPERTIES)) {
            Properties properties = new Properties();
            if (stream != null) {
                properties.load(stream);
            }
            return properties.getProperty("version", "development");
        } catch (IOException e) {
            return "development";
        }
    }
}
