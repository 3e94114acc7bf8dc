# frozen_string_literal: true

module HearthRuntime
  # Where `require` and RubyGems look: the function's code, layers, and what the image has.
  module Paths
    class << self
      # Follows RUBYLIB, GEM_HOME and GEM_PATH, which Ruby reads only when it starts.
      def install(task, opt)
        folders = [task, *ENV["RUBYLIB"].to_s.split(":")].reject(&:empty?)
        $LOAD_PATH.replace(folders | $LOAD_PATH)
        # Code and layers are made for the version that the function names, which another one may serve here.
        abi = RbConfig::CONFIG["ruby_version"]
        served = ["#{task}/vendor/bundle/ruby/#{abi}", "#{opt}/ruby/gems/#{abi}"]
        named = ENV["GEM_PATH"].to_s.split(":").reject(&:empty?)
        ENV["GEM_PATH"] = "#{(named | served).join(":")}:"
        Gem.paths = ENV.to_h.slice("GEM_HOME", "GEM_PATH")
        Gem.singleton_class.prepend(ExtensionsOfAmazonLinux)
      end
    end

    # Debian says `x86_64-linux-gnu` where AWS's Ruby says `x86_64-linux`: gems with compiled parts that were installed for AWS are found, too.
    module ExtensionsOfAmazonLinux
      def default_ext_dir_for(base)
        cpu = RbConfig::CONFIG["host_cpu"]
        super || Dir.glob("#{base}/extensions/#{cpu}-linux/#{RbConfig::CONFIG["ruby_version"]}{,-static}").first
      end
    end
  end
end
