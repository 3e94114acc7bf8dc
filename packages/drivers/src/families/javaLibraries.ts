export interface JavaLibrary {
  /** The name of the file. */
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
}

/** The address of a version on Maven Central. */
function ofMavenCentral(group: string, artifact: string, version: string, sha256: string): JavaLibrary {
  const folder = `https://repo1.maven.org/maven2/${group.replaceAll(".", "/")}/${artifact}/${version}`;
  return { name: `${artifact}.jar`, url: `${folder}/${artifact}-${version}.jar`, sha256 };
}

/** What Java images carry: AWS's runtime interface client and what it needs (Apache-2.0), pinned. They run on Java 8 and later. */
export const JAVA_LIBRARIES: readonly JavaLibrary[] = [
  ofMavenCentral(
    "com.amazonaws",
    "aws-lambda-java-runtime-interface-client",
    "2.10.1",
    "b0dd01f45b7258da0e32ade0bff950b12d0cf279ccebf416ad8c3795af21f1db",
  ),
  ofMavenCentral(
    "com.amazonaws",
    "aws-lambda-java-core",
    "1.4.0",
    "575c24393cc1ad645e83e618956eabd89ffe8cc09efae2cb62bc6589154d68ed",
  ),
  ofMavenCentral(
    "com.amazonaws",
    "aws-lambda-java-serialization",
    "1.4.1",
    "0ab04580117a1a326c7abea912331c77bec1292ce0c22285eb2d40563145dd9b",
  ),
  ofMavenCentral(
    "software.amazon.awssdk",
    "utils-lite",
    "2.34.0",
    "efaf784f07ae526f0b5c89d71ef21cf16636131c47d44616e3df9bedc3f4f89a",
  ),
];

/** Eclipse's compiler (EPL-2.0), the last one that runs on Java 8: images hold no JDK. It is not kept in the image. */
export const JAVA_COMPILER: JavaLibrary = ofMavenCentral(
  "org.eclipse.jdt",
  "ecj",
  "3.26.0",
  "ac0ba5876eaf7ebb47749a0d1be179c51f194b9dd0b875d1c09e1b530f5a2db5",
);
