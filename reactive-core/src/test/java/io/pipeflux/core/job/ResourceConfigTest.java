package io.pipeflux.core.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourceConfigTest {

    @TempDir
    Path directory;

    @Test
    void hostsAreSortedAsStringsAndTheCurrentOneIsFoundAmongThem() throws Exception {
        write("""
                {"current_host":"algo-2","network_interface_name":"eth0","hosts":["algo-1","algo-2","algo-10"],
                 "instance_groups":[{"instance_group_name":"g","hosts":["algo-1"]}],"current_group_name":null}""");

        ResourceConfig config = ResourceConfig.read(directory);

        assertThat(config.hosts()).containsExactly("algo-1", "algo-10", "algo-2");
        assertThat(config.currentHost()).isEqualTo("algo-2");
        assertThat(config.index()).isEqualTo(2);
    }

    @Test
    void whatIsWrongIsTold() throws Exception {
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessage(file() + " does not exist: expected the job's hosts");

        write("{\"hosts\":[\"algo-1\"]}");
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessage(file() + " is wrong: expected the \"current_host\" among the \"hosts\", but got hosts"
                        + " [algo-1] and current host null");

        write("{\"hosts\":[\"algo-1\"],\"current_host\":\"algo-7\"}");
        assertThatThrownBy(() -> ResourceConfig.read(directory)).hasMessageEndingWith("and current host algo-7");

        write("{\"hosts\":[\"algo-1\"");
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessageStartingWith(file() + " is not legal JSON: ");

        write("[]");
        assertThatThrownBy(() -> ResourceConfig.read(directory))
                .isInstanceOf(PipeException.class)
                .hasMessage(file() + " is wrong: expected one JSON object, but got another value or more than one");
    }

    private Path file() {
        return directory.resolve("resourceconfig.json");
    }

    private void write(String json) throws IOException {
        Files.writeString(file(), json);
    }
}
