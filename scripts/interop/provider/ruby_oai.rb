# Questions answered by ruby-oai.
require 'oai'

client = OAI::Client.new(ARGV[0])
$stdin.each_line do |line|
  names = %i[metadata_prefix set from until]
  arguments = names.zip(line.split).reject { |_, value| value == '-' }.to_h
  records = deleted = 0
  begin
    client.list_records(**arguments).full.each do |record|
      records += 1
      deleted += 1 if record.deleted?
    end
  rescue OAI::NoMatchException
    nil
  end
  puts "#{line.strip} #{records} #{deleted}"
end
